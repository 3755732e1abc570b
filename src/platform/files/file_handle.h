// SPDX-License-Identifier: BSD-3-Clause
// What the system calls an open file, closed with its holder: a descriptor, on Windows the number of a handle.
#pragma once

#include <utility>

namespace air {

class FileHandle {
 public:
  explicit FileHandle(int number = -1) noexcept : number_(number) {}  // -1: none
  FileHandle(FileHandle &&other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileHandle &operator=(FileHandle &&other) noexcept {
    FileHandle taken(std::move(other));
    std::swap(number_, taken.number_);
    return *this;
  }
  ~FileHandle();

  bool is_open() const noexcept { return number_ >= 0; }
  int get() const noexcept { return number_; }

 private:
  int number_;
};

}  // namespace air
