// SPDX-License-Identifier: BSD-3-Clause
// This program in a process of its own.
#include "platform/processes/process_posix.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <tuple>

namespace air {
namespace {

// Only what may be done between fork() and exec() where there are other threads. Why it could not be started is said to `refusal`.
[[noreturn]] void become(const char *program, char *const *arguments, int refusal) {
  execv(program, arguments);
  const int error = errno;
  [[maybe_unused]] const ssize_t said = write(refusal, &error, sizeof(error));
  _exit(1);
}

[[noreturn]] void become_isolated(const char *program, char *const *arguments, int refusal) {
  setpgid(0, 0);
  end_with_parent(SIGKILL);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
  become(program, arguments, refusal);
}

[[noreturn]] void become_heard(const char *program, char *const *arguments, int refusal, int output) {
  end_with_parent(SIGTERM);
  dup2(output, STDOUT_FILENO);
  become(program, arguments, refusal);
}

// What a child has said that could not be started; 0: it was. The end for writing is closed then.
int refused(const FileHandle &refusal) {
  int error = 0;
  ssize_t n = 0;
  while ((n = read(refusal.get(), &error, sizeof(error))) < 0 && errno == EINTR) continue;
  return n == static_cast<ssize_t>(sizeof(error)) ? error : 0;
}

}  // namespace

void fail_process(const char *step) {
  throw std::system_error(errno, std::generic_category(), step);
}

ProcessEnd end_of(int status) {
  if (!WIFSIGNALED(status)) return {false, WEXITSTATUS(status), fmt::format("exit code {}", WEXITSTATUS(status))};
  const int number = WTERMSIG(status);
  return {true, number, fmt::format("signal {}, {}", number, strsignal(number))};
}

Process::Process(const std::vector<std::string> &words, Kind kind) : leads_group_(kind == Kind::kIsolated) {
  std::vector<char *> arguments = {const_cast<char *>("airunner")};
  for (const std::string &word : words) arguments.push_back(const_cast<char *>(word.c_str()));
  arguments.push_back(nullptr);
  FileHandle written;
  if (kind == Kind::kHeard) std::tie(output_, written) = make_pipe(true);
  const std::string program = own_program();
  auto [refusal, said] = make_pipe(true);
  id_ = fork();
  if (id_ == 0 && leads_group_) become_isolated(program.c_str(), arguments.data(), said.get());
  if (id_ == 0) become_heard(program.c_str(), arguments.data(), said.get(), written.get());
  if (id_ < 0) fail_process("fork");
  if (leads_group_) setpgid(id_, id_);
  said = FileHandle();
  if (const int error = refused(refusal); error != 0) {
    waitpid(id_, nullptr, 0);
    throw std::system_error(error, std::generic_category(),
                            fmt::format("this program cannot be started again ({})", program));
  }
}

Process::~Process() {
  if (leads_group_) kill(-id_, SIGKILL);
  if (end_) return;
  kill(id_, SIGKILL);
  waitpid(id_, nullptr, 0);
}

void Process::interrupt() const noexcept {
  kill(id_, SIGINT);
}

bool Process::read(std::string &text, std::chrono::milliseconds limit) const {
  char part[1 << 16];
  pollfd waited = {output_.get(), POLLIN, 0};
  if (poll(&waited, 1, static_cast<int>(limit.count())) <= 0) return true;
  const ssize_t count = ::read(output_.get(), part, sizeof(part));
  if (count < 0 && errno != EINTR) fail_process("read");
  if (count > 0) text.append(part, static_cast<size_t>(count));
  return count != 0;
}

const std::optional<ProcessEnd> &Process::end() {
  int status = 0;
  if (!end_ && waitpid(id_, &status, WNOHANG) == id_) end_ = end_of(status);
  return end_;
}

const ProcessEnd &Process::wait() {
  int status = 0;
  if (!end_) {
    while (waitpid(id_, &status, 0) < 0 && errno == EINTR) continue;
    end_ = end_of(status);
  }
  return *end_;
}

}  // namespace air
