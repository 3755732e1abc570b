// SPDX-License-Identifier: BSD-3-Clause
// Where temporary files go, and what to tell the user when none can be made there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace air {

// TMPDIR, else the system's: /tmp, of Windows what TMP or TEMP names; whether it is usable shows when it is used.
std::filesystem::path temporary_folder();

// Throws what errno `code` means for a temporary file: names what it is for, the folder, the cause and the way out.
[[noreturn]] void fail_temporary(std::string_view purpose, const std::filesystem::path &folder, int code);

// A folder of an unused name, removed in the end with the files that are in it.
class TemporaryFolder {
 public:
  // Throws as fail_temporary().
  explicit TemporaryFolder(std::string_view purpose);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  const std::string &path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace air
