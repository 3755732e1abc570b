// SPDX-License-Identifier: BSD-3-Clause
// `airunner serve` as a child process, for tests.
#include "server_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace air::test {
namespace {

constexpr int kLongestStartMs = 30'000;
constexpr int kLongestEndMs = 20'000;
constexpr int kLookMs = 2;

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> words) : errors_(memfd_create("errors", MFD_CLOEXEC)) {
  words.insert(words.begin(), {std::getenv("AIRUNNER_COMMAND"), "serve"});
  std::vector<char *> arguments;
  for (std::string &word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) return;
  process_ = fork();
  if (process_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(errors_, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);  // nothing of the test's own: its connections have to end with it
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  out_ = ends[0];
}

ServerProcess::~ServerProcess() {
  end();
  close(out_);
  close(errors_);
}

const std::string &ServerProcess::descriptor() {
  constexpr std::string_view kReady = "ready: ";
  std::string line;
  pollfd waiting = {out_, POLLIN, 0};
  char c = 0;
  while (descriptor_.empty() && poll(&waiting, 1, kLongestStartMs) == 1 && read(out_, &c, 1) == 1) {
    if (c != '\n') {
      line += c;
    } else if (line.starts_with(kReady)) {
      descriptor_ = line.substr(kReady.size());
    } else {
      line.clear();
    }
  }
  return descriptor_;
}

std::string ServerProcess::end() {
  if (process_ < 0) return "";
  kill(process_, SIGTERM);
  int status = 0;
  for (int waited = 0; waitpid(process_, &status, WNOHANG) == 0; waited += kLookMs) {
    if (waited > kLongestEndMs) kill(process_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
  }
  process_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  const std::string how = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                            : "signal " + std::to_string(WTERMSIG(status));
  return "the server ended with " + how + ":\n" + errors();
}

std::string ServerProcess::errors() const {
  constexpr size_t kMost = 8192;
  std::string text(kMost, '\0');
  const ssize_t n = pread(errors_, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return text;
}

}  // namespace air::test
