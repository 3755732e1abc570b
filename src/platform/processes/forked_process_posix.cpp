// SPDX-License-Identifier: BSD-3-Clause
// A copy of this process that does a part of its work.
#include "platform/processes/forked_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <tuple>

#include "platform/processes/ending.h"
#include "platform/processes/process_posix.h"
#include "platform/processes/signals_posix.h"

namespace air {
namespace {

sigset_t only_child_signal() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

sigset_t watched_signals() noexcept {
  sigset_t set = ending_signals();
  sigaddset(&set, SIGCHLD);
  return set;
}

// In a group of its own: what a terminal sends reaches it through the parent, once.
[[noreturn]] void run(const ForkedProcess::Work &work, pid_t parent, int words) {
  setpgid(0, 0);
  end_with_parent(SIGTERM);
  if (getppid() != parent) _exit(kKilledBySignal + SIGTERM);
  const sigset_t of_parent = only_child_signal();  // not of what the work starts
  sigprocmask(SIG_UNBLOCK, &of_parent, nullptr);
  const int code = work([words](char word) { [[maybe_unused]] const ssize_t n = write(words, &word, 1); });
  std::fflush(nullptr);
  _exit(code);  // what the parent holds too, such as the link to a pseudo-terminal, is the parent's to remove
}

}  // namespace

ForkedProcess::ForkedProcess(const Work &work) {
  const sigset_t of_parent = only_child_signal();
  sigprocmask(SIG_BLOCK, &of_parent, nullptr);
  FileHandle written;
  std::tie(words_, written) = make_pipe(false);
  const pid_t parent = getpid();
  id_ = fork();
  if (id_ == 0) run(work, parent, written.get());
  if (id_ < 0) fail_process("fork");
}

bool ForkedProcess::take_end() {
  int status = 0;
  if (waitpid(id_, &status, WNOHANG) != id_) return false;
  for (char word = 0; read(words_.get(), &word, 1) == 1;) said_ += word;
  end_ = end_of(status);
  return true;
}

bool ForkedProcess::attend() {
  const sigset_t set = watched_signals();
  signal(SIGCHLD, [](int) {});  // is waited for, which not every system has for what it would ignore
  bool stopping = false;
  while (!take_end()) {
    int number = 0;
    if (sigwait(&set, &number) != 0 || number == SIGCHLD) continue;
    stopping = true;
    kill(id_, number);
  }
  return stopping;
}

}  // namespace air
