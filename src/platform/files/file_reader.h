// SPDX-License-Identifier: BSD-3-Clause
// A file read piece by piece.
#pragma once

#include <string>

#include "common/reader.h"
#include "platform/files/open_file.h"

namespace air {

class FileReader : public Reader {
 public:
  // Throws Error, AIR_ERROR_INVALID_INPUT: not there, a folder, or a pipe or device, which may never end.
  explicit FileReader(std::string path);

  uint64_t n_left() const override { return size_ - at_; }
  void read(unsigned char *to, size_t size) override;
  void skip(uint64_t size) override { at_ += size; }

  const std::string &path() const { return path_; }
  int descriptor() const { return file_.number(); }
  uint64_t position() const { return at_; }
  void seek(uint64_t position) { at_ = position; }

 private:
  std::string path_;
  OpenFile file_;
  uint64_t size_ = 0;
  uint64_t at_ = 0;
};

// The whole file. Throws Error: AIR_ERROR_NO_MEMORY too, with the size of the file.
Bytes read_whole(const std::string &path);

}  // namespace air
