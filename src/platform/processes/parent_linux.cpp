// SPDX-License-Identifier: BSD-3-Clause
// What Linux has for processes and those that they start.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "platform/processes/process_posix.h"

namespace air {

std::pair<FileHandle, FileHandle> make_pipe(bool blocks) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | (blocks ? 0 : O_NONBLOCK)) != 0) fail_process("pipe");
  return {FileHandle(ends[0]), FileHandle(ends[1])};
}

std::string own_program() {
  return "/proc/self/exe";
}

void end_with_parent(int signal) noexcept {
  prctl(PR_SET_PDEATHSIG, signal);
}

}  // namespace air
