// SPDX-License-Identifier: BSD-3-Clause
// A file opened for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <system_error>

#include "platform/files/file_facts.h"
#include "platform/files/file_handle.h"

namespace air {

class OpenFile {
 public:
  // Waits for nobody, also where it is a pipe. Throws std::bad_alloc.
  explicit OpenFile(const std::filesystem::path &path);

  std::error_code error() const noexcept { return error_; }  // why it is not open
  int number() const noexcept { return file_.get(); }

  // Both throw std::system_error.
  FileFacts facts() const;
  // What is there from a position on; less only where the file ends.
  size_t read(uint64_t position, std::span<std::byte> into) const;

 private:
  FileHandle file_;
  std::error_code error_;
};

}  // namespace air
