// SPDX-License-Identifier: BSD-3-Clause
// The command run again in processes of their own.
#include "cli/running/whole_runs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/running/failure.h"
#include "cli/running/interrupt.h"

namespace air::cli {
namespace {

constexpr int kBetweenLooksMs = 50;

Failure system_failure(const char *call) {
  return {kFailed, fmt::format("{}: {}", call, std::generic_category().message(errno))};
}

// In this process's group: what a terminal says to one it says to both.
class Process {
 public:
  explicit Process(const std::vector<std::string> &words) {
    std::vector<char *> arguments = {const_cast<char *>("airunner")};
    for (const std::string &word : words) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw system_failure("pipe");
    id_ = fork();
    if (id_ == 0) become(ends[1], arguments.data());
    close(ends[1]);
    output_ = ends[0];
    if (id_ < 0) {
      close(output_);
      throw system_failure("fork");
    }
  }
  ~Process() {
    close(output_);
    if (is_waited_for_) return;
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  Process(const Process &) = delete;
  Process &operator=(const Process &) = delete;

  // Until it closes its output.
  std::string read(const air_token *token) {
    std::string text;
    char part[1 << 16];
    for (bool is_told = false;;) {
      if (!is_told && air_is_cancelled(token) != 0) {
        kill(id_, SIGINT);
        is_told = true;
      }
      pollfd waited = {output_, POLLIN, 0};
      if (poll(&waited, 1, kBetweenLooksMs) <= 0) continue;
      const ssize_t count = ::read(output_, part, sizeof(part));
      if (count == 0) return text;
      if (count > 0) text.append(part, static_cast<size_t>(count));
      if (count < 0 && errno != EINTR) throw system_failure("read");
    }
  }
  int status() {
    int status = 0;
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    is_waited_for_ = true;
    return status;
  }

 private:
  // Only what may be done between fork() and exec() where there are other threads.
  [[noreturn]] static void become(int output, char *const *arguments) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(output, STDOUT_FILENO);
    execv("/proc/self/exe", arguments);
    _exit(kFailed);
  }

  pid_t id_ = -1;
  int output_ = -1;
  bool is_waited_for_ = false;
};

}  // namespace

std::string output_of_run(const std::vector<std::string> &words, const air_token *token) {
  const Waiting waiting;
  Process process(words);
  std::string text = process.read(token);
  const int status = process.status();
  if (air_is_cancelled(token) != 0) throw Failure(kCancelled, "interrupted");
  if (WIFSIGNALED(status))
    throw Failure(kFailed, fmt::format("signal {}, {}", WTERMSIG(status), strsignal(WTERMSIG(status))));
  if (const int code = WEXITSTATUS(status); code != kOk)
    throw Failure(static_cast<ExitCode>(code), fmt::format("exit code {}", code));
  return text;
}

}  // namespace air::cli
