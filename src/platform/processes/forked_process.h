// SPDX-License-Identifier: BSD-3-Clause
// A copy of this process that does a part of its work, and may crash.
#pragma once

#include <functional>
#include <string>

#include "platform/files/file_handle.h"
#include "platform/processes/process.h"

namespace air {

// It ends with this process. What a terminal sends reaches it through this process alone. Ending signals are to be held, and no other thread is
// to have begun.
class ForkedProcess {
 public:
  // Does its work there and returns its exit code; `say` tells this process a word.
  using Work = std::function<int(const std::function<void(char word)> &say)>;

  explicit ForkedProcess(
      const Work &work);  // throws std::system_error, on Windows always: processes cannot be copied there
  ForkedProcess(const ForkedProcess &) = delete;
  ForkedProcess &operator=(const ForkedProcess &) = delete;

  // Waits until it has ended, and passes ending signals on to it. Returns whether one came.
  bool attend();

  // Once it has ended: how, and the words that it has said.
  const ProcessEnd &end() const noexcept { return end_; }
  const std::string &words() const noexcept { return said_; }

 private:
  bool take_end();

  int id_ = -1;
  FileHandle words_;
  std::string said_;
  ProcessEnd end_{};
};

}  // namespace air
