// SPDX-License-Identifier: BSD-3-Clause
// Another program beside this one.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "platform/files/file_handle.h"

namespace air {

// It ends with this process, however that ends, and when it is let go of. What a terminal says does not reach it.
class ChildProgram {
 public:
  // Not on Windows.
  static bool can_start() noexcept;

  // The program that the system finds under this name; its errors are read here, its other words lead nowhere. Throws std::system_error:
  // ENOENT where there is none.
  ChildProgram(const std::string &name, const std::vector<std::string> &words);
  ~ChildProgram();
  ChildProgram(const ChildProgram &) = delete;
  ChildProgram &operator=(const ChildProgram &) = delete;

  bool has_ended() const noexcept { return has_ended_; }
  // Adds what it has said on standard error to the text, and waits for more so long; false once it has closed that.
  bool read_errors(std::string &text, std::chrono::milliseconds limit) const;

 private:
  [[maybe_unused]] int id_ = -1;  // where the system waits for a number
  FileHandle errors_;
  std::atomic<bool> has_ended_ = false;
  std::thread parent_;  // lives as long: to the system the end of a thread is that of a parent
};

}  // namespace air
