// SPDX-License-Identifier: BSD-3-Clause
// What macOS has for processes and those that they start.
#include <fcntl.h>
#include <mach-o/dyld.h>
#include <unistd.h>

#include "platform/processes/process_posix.h"

namespace air {

// A process that another thread starts between the two calls has it open too.
std::pair<FileHandle, FileHandle> make_pipe(bool blocks) {
  int ends[2];
  if (pipe(ends) != 0) fail_process("pipe");
  for (const int end : ends) {
    fcntl(end, F_SETFD, FD_CLOEXEC);
    if (!blocks) fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return {FileHandle(ends[0]), FileHandle(ends[1])};
}

std::string own_program() {
  uint32_t size = 0;
  _NSGetExecutablePath(nullptr, &size);  // tells how long it is
  std::string path(size, '\0');
  _NSGetExecutablePath(path.data(), &size);
  return path.c_str();
}

void end_with_parent(int) noexcept {}

}  // namespace air
