// SPDX-License-Identifier: BSD-3-Clause
// A file read piece by piece.
#include "platform/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>

#include "common/error.h"

namespace air {
namespace {

[[noreturn]] void fail_reading(const std::string &path) {
  fail(AIR_ERROR_INVALID_INPUT, "{}: cannot be read: {}", path, std::strerror(errno));
}

}  // namespace

FileReader::FileReader(std::string path)
    : path_(std::move(path)), descriptor_(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail_reading(path_);
  struct stat facts {};
  const bool known = fstat(descriptor_, &facts) == 0;
  if (known && S_ISREG(facts.st_mode)) {
    size_ = static_cast<uint64_t>(facts.st_size);
    return;
  }
  if (known && S_ISDIR(facts.st_mode)) errno = EISDIR;
  const int reason = errno;
  close(descriptor_);
  errno = reason;
  if (!known || S_ISDIR(facts.st_mode)) fail_reading(path_);
  fail(AIR_ERROR_INVALID_INPUT, "{}: is a pipe or device, expected a file", path_);
}

FileReader::~FileReader() {
  close(descriptor_);
}

void FileReader::read(unsigned char *to, size_t size) {
  while (size > 0) {
    const ssize_t n_read = pread(descriptor_, to, size, static_cast<off_t>(at_));
    if (n_read < 0 && errno == EINTR) continue;
    if (n_read < 0) fail_reading(path_);
    if (n_read == 0) fail(AIR_ERROR_INVALID_INPUT, "{}: became shorter while it was read", path_);
    to += n_read;
    size -= static_cast<size_t>(n_read);
    at_ += static_cast<uint64_t>(n_read);
  }
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
