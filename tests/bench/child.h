// SPDX-License-Identifier: BSD-3-Clause
// A program started by a benchmark; its output comes line by line.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

namespace bench {

class Child {
 public:
  explicit Child(const std::vector<std::string> &command);
  // Ends it, if it has not ended.
  ~Child();
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  // The next line of its standard output, without line feed; throws when there is none.
  std::string line();
  // Waits until it ends; throws when it does so with an error.
  void expect_success();

 private:
  std::string name_;
  pid_t pid_ = -1;
  FILE *output_ = nullptr;
};

}  // namespace bench
