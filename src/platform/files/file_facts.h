// SPDX-License-Identifier: BSD-3-Clause
// What the system knows of a file: which one it is, and who may change it. On Windows everybody are those that an access list calls Everyone; a list that
// names the users of the machine is how Windows makes folders of drives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace air {

struct FileFacts {
  std::pair<uint64_t, uint64_t> id;  // the same under all names of one file
  uint64_t size = 0;
  bool is_file = false;  // and no folder, pipe or device
  bool is_folder = false;
  bool all_may_write = false;         // everybody may; of a folder: put files into it
  bool owners_alone_replace = false;  // of a folder: its files are safe from others who may write to it
  bool owner_is_trusted = false;      // this user, or who may do anything
};

// Of what a name leads to; nothing where there is nothing. Throws std::bad_alloc.
std::optional<FileFacts> facts_of(const std::filesystem::path &path);

// The same of what standard output and standard error lead to.
std::optional<FileFacts> facts_of_output() noexcept;
std::optional<FileFacts> facts_of_errors() noexcept;

// Why this process may not do so with a file or folder; no error: it may.
std::error_code why_not_read(const std::filesystem::path &path) noexcept;
std::error_code why_not_write(const std::filesystem::path &path) noexcept;
std::error_code why_no_new_files(const std::filesystem::path &folder) noexcept;

}  // namespace air
