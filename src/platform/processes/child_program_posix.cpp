// SPDX-License-Identifier: BSD-3-Clause
// Another program beside this one.
#include "platform/processes/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "platform/processes/environment.h"
#include "platform/processes/process_posix.h"
#include "platform/threads/threads.h"

namespace air {
namespace {

// "" where PATH has none. A program with raised rights has no PATH that it could trust.
std::string found_program(const std::string &name) {
  const char *path = trusted_environment("PATH");
  const std::string_view folders = path == nullptr ? "" : path;
  for (size_t begin = 0; begin < folders.size();) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    std::string file = std::string(folders.substr(begin, end - begin)) + '/' + name;
    if (access(file.c_str(), X_OK) == 0) return file;
    begin = end + 1;
  }
  return "";
}

// Only what may be done between fork() and exec() where there are other threads.
[[noreturn]] void become(const char *program, char *const *arguments, pid_t parent, int errors) {
  setpgid(0, 0);
  end_with_parent(SIGKILL);
  if (getppid() != parent) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  errors = fcntl(errors, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);  // it may be one of the three, where those were closed
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) dup2(nowhere, fd);
  dup2(errors, STDERR_FILENO);
  if (nowhere > STDERR_FILENO) close(nowhere);
  execv(program, arguments);
  _exit(1);
}

// Leaves it as it is: until it is waited for again its number is no other process's.
void await_end(pid_t id) noexcept {
  siginfo_t how{};
  while (waitid(P_PID, static_cast<id_t>(id), &how, WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
}

}  // namespace

bool ChildProgram::can_start() noexcept {
  return true;
}

ChildProgram::ChildProgram(const std::string &name, const std::vector<std::string> &words) {
  const std::string program = found_program(name);
  if (program.empty()) throw std::system_error(ENOENT, std::generic_category(), name);
  std::vector<char *> arguments = {const_cast<char *>(name.c_str())};
  for (const std::string &word : words) arguments.push_back(const_cast<char *>(word.c_str()));
  arguments.push_back(nullptr);
  FileHandle written;
  std::tie(errors_, written) = make_pipe(true);

  std::promise<int> promise;
  std::future<int> started = promise.get_future();
  const auto attend = [this, &program, &arguments, errors = written.get()](std::promise<int> told) {
    const pid_t self = getpid();
    const pid_t id = fork();
    if (id == 0) become(program.c_str(), arguments.data(), self, errors);
    told.set_value(id < 0 ? -errno : id);
    if (id > 0) await_end(id);
    has_ended_ = true;
  };
  without_signals([&] { parent_ = std::thread(attend, std::move(promise)); });
  id_ = started.get();
  if (id_ > 0) return;
  parent_.join();
  throw std::system_error(-id_, std::generic_category(), "fork");
}

ChildProgram::~ChildProgram() {
  if (!has_ended_) kill(id_, SIGKILL);
  parent_.join();
  waitpid(id_, nullptr, 0);
}

bool ChildProgram::read_errors(std::string &text, std::chrono::milliseconds limit) const {
  char part[1 << 12];
  pollfd waited = {errors_.get(), POLLIN, 0};
  if (poll(&waited, 1, static_cast<int>(limit.count())) <= 0) return true;
  const ssize_t count = ::read(errors_.get(), part, sizeof(part));
  if (count > 0) text.append(part, static_cast<size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace air
