// SPDX-License-Identifier: BSD-3-Clause
// Files by which processes find one another.
#pragma once

#include <filesystem>

#include "platform/files/file_handle.h"

namespace air {

// A file that tells that this process is there. After a crash it stays and tells nothing. Throws std::system_error: ENOTSUP on Windows.
class Presence {
 public:
  explicit Presence(std::filesystem::path file);
  ~Presence();
  Presence(const Presence &) = delete;
  Presence &operator=(const Presence &) = delete;

 private:
  std::filesystem::path file_;
  FileHandle held_;
};

// The process that the file tells of; 0: none that is still there, or this one.
int who_is_present(const std::filesystem::path &file) noexcept;

// As Ctrl-C does. False where it cannot be asked.
bool ask_to_end(int process) noexcept;

}  // namespace air
