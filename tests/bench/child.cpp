// SPDX-License-Identifier: BSD-3-Clause
#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace bench {

Child::Child(const std::vector<std::string> &command) : name_(command.front()) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for " + name_);
  output_ = fdopen(ends[0], "r");
  std::vector<char *> arguments;
  for (const std::string &argument : command) arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const int error = posix_spawn(&pid_, name_.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error == 0) return;
  std::fclose(output_);
  throw std::runtime_error("cannot start " + name_);
}

Child::~Child() {
  std::fclose(output_);
  if (pid_ < 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string Child::line() {
  char *text = nullptr;
  size_t size = 0;
  const ssize_t n = getline(&text, &size, output_);
  std::string line(text != nullptr && n > 0 ? text : "");
  std::free(text);
  if (line.empty()) throw std::runtime_error(name_ + " has said nothing");
  line.pop_back();
  return line;
}

void Child::expect_success() {
  int status = 0;
  if (waitpid(std::exchange(pid_, -1), &status, 0) < 0 || status != 0) throw std::runtime_error(name_ + " failed");
}

}  // namespace bench
