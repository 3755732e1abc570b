// SPDX-License-Identifier: BSD-3-Clause
// Zip archives of stored members, written from front to back: no copy of the data is made, and a pipe will do. (libzip goes back to
// complete its headers, and hands everything on in blocks of 8 KiB.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/files/new_file.h"

namespace air {

class ZipWriter {
 public:
  explicit ZipWriter(NewFile &file) : file_(file) {}

  void add(const std::string &name, std::string_view head, std::string_view body);  // a member of two parts
  void finish();

 private:
  struct Member {
    std::string name;
    uint64_t offset;
    uint64_t size;
    uint32_t crc;
  };

  void write(std::string_view bytes);

  NewFile &file_;
  uint64_t offset_ = 0;
  std::vector<Member> members_;
};

}  // namespace air
