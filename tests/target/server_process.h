// SPDX-License-Identifier: BSD-3-Clause
// `airunner serve` as a child process, for tests.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace air::test {

class ServerProcess {
 public:
  // Starts `airunner serve` with these words behind it.
  explicit ServerProcess(std::vector<std::string> words);
  ~ServerProcess();
  ServerProcess(const ServerProcess &) = delete;
  ServerProcess &operator=(const ServerProcess &) = delete;

  // What to connect with. Waits until the server is ready; empty when it never is.
  const std::string &descriptor();
  // Ends the server. Returns what is wrong with its end: "" for exit code 0.
  std::string end();
  pid_t id() const { return process_; }

 private:
  std::string errors() const;

  pid_t process_ = -1;
  int out_ = -1;
  int errors_ = -1;  // a file without a name
  std::string descriptor_;
};

}  // namespace air::test
