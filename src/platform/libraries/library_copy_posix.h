// SPDX-License-Identifier: BSD-3-Clause
// A library's bytes in a temporary file, as the loader wants them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace air {

// Of an unused name, removed when the scope ends.
class LibraryCopy {
 public:
  // Throws as fail_temporary().
  LibraryCopy(std::span<const std::byte> bytes, std::string_view purpose);
  ~LibraryCopy();
  LibraryCopy(const LibraryCopy &) = delete;
  LibraryCopy &operator=(const LibraryCopy &) = delete;

  const std::string &path() const noexcept { return path_; }

 private:
  std::string path_;
};

// False, and errno, when there is no room.
bool write_bytes(int output, std::span<const std::byte> bytes);

}  // namespace air
