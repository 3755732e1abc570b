// SPDX-License-Identifier: BSD-3-Clause
// A file read piece by piece.
#include "platform/files/file_reader.h"

#include <new>
#include <stdexcept>

#include "common/error.h"
#include "common/path_text.h"

namespace air {
namespace {

[[noreturn]] void fail_reading(const std::string &path, const std::error_code &error) {
  fail(AIR_ERROR_INVALID_INPUT, "{}: cannot be read: {}", path, error.message());
}

}  // namespace

FileReader::FileReader(std::string path) : path_(std::move(path)), file_(path_of(path_)) {
  try {
    const FileFacts facts = file_.facts();
    if (facts.is_folder) fail_reading(path_, std::make_error_code(std::errc::is_a_directory));
    if (!facts.is_file) fail(AIR_ERROR_INVALID_INPUT, "{}: is a pipe or device, expected a file", path_);
    size_ = facts.size;
  } catch (const std::system_error &error) {
    fail_reading(path_, error.code());
  }
}

void FileReader::read(unsigned char *to, size_t size) {
  size_t n = 0;
  try {
    n = file_.read(at_, {reinterpret_cast<std::byte *>(to), size});
  } catch (const std::system_error &error) {
    fail_reading(path_, error.code());
  }
  at_ += n;
  if (n < size) fail(AIR_ERROR_INVALID_INPUT, "{}: became shorter while it was read", path_);
}

Bytes read_whole(const std::string &path) {
  FileReader reader(path);
  const uint64_t size = reader.n_left();
  try {
    return read_block(reader, size);
  } catch (const std::bad_alloc &) {
  } catch (const std::length_error &) {
  }
  fail(AIR_ERROR_NO_MEMORY, "{}: out of memory: the file has {} bytes", path, size);
}

}  // namespace air
