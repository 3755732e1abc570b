// SPDX-License-Identifier: BSD-3-Clause
// Loads a plugin in a process of its own: one that crashes, hangs or exits harms nobody.
#include "cli/running/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>

#include "cli/running/failure.h"

namespace air::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLimit{5};
constexpr std::chrono::milliseconds kBetweenLooks{2};

// In a group of its own, which ends with it: the plugin may have started something.
class Child {
 public:
  explicit Child(const std::string &plugin) : process_(fork()) {
    if (process_ == 0) become_loader(plugin.c_str());
    if (process_ < 0) throw Failure(kFailed, "fork: " + std::generic_category().message(errno));
    setpgid(process_, process_);
  }
  ~Child() {
    kill(-process_, SIGKILL);
    if (!status_) waitpid(process_, nullptr, 0);
  }
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  // That of waitpid(), once it has ended.
  std::optional<int> status() {
    int status = 0;
    if (!status_ && waitpid(process_, &status, WNOHANG) == process_) status_ = status;
    return status_;
  }

 private:
  // Only what may be done between fork() and exec() where there are other threads.
  [[noreturn]] static void become_loader(const char *plugin) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
    execl("/proc/self/exe", "airunner", "load", plugin, nullptr);
    _exit(kFailed);
  }

  pid_t process_;
  std::optional<int> status_;
};

std::string harm(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return fmt::format("crashes when it is loaded: signal {}, {}", number, strsignal(number));
  }
  const int code = WEXITSTATUS(status);
  return code == kLoaded ? "" : fmt::format("ends the program when it is loaded, with exit code {}", code);
}

}  // namespace

std::string harm_of_loading(const std::string &plugin, const air_token *token) {
  Child child(plugin);
  const Clock::time_point end = Clock::now() + kLimit;
  while (!child.status()) {
    if (air_is_cancelled(token) != 0) throw Failure(kCancelled, "interrupted");
    if (Clock::now() >= end) return fmt::format("does not come back within {} s when it is loaded", kLimit.count());
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return harm(*child.status());
}

}  // namespace air::cli
