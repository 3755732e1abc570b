// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded into this process, by default from a private copy, and unloaded for real.
#include "stlib/library/image.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <span>
#include <system_error>
#include <utility>

#include "common/error.h"
#include "platform/streams.h"
#include "platform/temporary.h"
#include "stlib/library/elf_exports.h"

namespace air::stlib {
namespace fs = std::filesystem;
namespace {

constexpr off_t kMaxFileSize = off_t{4} << 30;

[[noreturn]] void fail_errno(const std::string &what, int code) {
  const air_status status = code == EACCES || code == EPERM ? AIR_ERROR_PERMISSION
                            : code == ENOENT                ? AIR_ERROR_NOT_FOUND
                                                            : AIR_ERROR_IO;
  throw Error(status, fmt::format("{}: {}", what, std::generic_category().message(code)), code);
}

std::vector<std::byte> read_file(const fs::path &file) {
  const FileHandle input(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!input.is_open()) fail_errno(fmt::format("'{}' cannot be opened", file.string()), errno);
  struct stat facts {};
  if (fstat(input.get(), &facts) != 0) fail_errno(fmt::format("'{}' cannot be read", file.string()), errno);
  if (facts.st_size > kMaxFileSize)
    fail(AIR_ERROR_INVALID_MODEL, "'{}' has {} bytes: too large for a model library", file.string(), facts.st_size);
  std::vector<std::byte> bytes(static_cast<size_t>(facts.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = read(input.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(fmt::format("'{}' cannot be read", file.string()), errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

// False, and errno, when there is no room.
bool write_bytes(int output, std::span<const std::byte> bytes) {
  errno = write_all(output, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  return errno == 0;
}

}  // namespace

// The copy where the system has no files in memory: a file of an unused name, removed when the scope ends.
class Image::TemporaryFile {
 public:
  explicit TemporaryFile(std::span<const std::byte> bytes)
      : path_((temporary_folder() / "airunner_XXXXXX.so").string()) {
    constexpr int kSuffixLength = 3;
    const FileHandle output(mkostemps(path_.data(), kSuffixLength, O_CLOEXEC));
    if (output.is_open() && write_bytes(output.get(), bytes)) return;
    const int code = errno;
    if (output.is_open()) unlink(path_.c_str());
    fail_temporary("the private copy of the library (copy=0 does without)", temporary_folder(), code);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;

  const std::string &path() const noexcept { return path_; }

 private:
  std::string path_;
};

Image::Image(const fs::path &file, bool copy) : file_(file) {
  constexpr int kFlags = RTLD_NOW | RTLD_LOCAL;
  const std::vector<std::byte> bytes = read_file(file);
  exports_ = read_elf_exports(bytes, file.string());
  std::string reason;
  if (!copy) {
    library_.reset(load_library(file.c_str(), kFlags, reason));
  } else if (FileHandle memory(memfd_create(file.filename().c_str(), MFD_CLOEXEC));
             memory.is_open() && write_bytes(memory.get(), bytes)) {
    library_.reset(load_library(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), kFlags, reason));
    if (library_ != nullptr) memory_ = std::move(memory);
  }
  if (library_ == nullptr && copy) try {
      const TemporaryFile temporary(bytes);
      library_.reset(load_library(temporary.path().c_str(), kFlags, reason));
    } catch (Error &error) {
      if (!reason.empty()) error.add_cause(fmt::format("tried a file in memory: {}", reason));
      throw;
    }
  if (library_ == nullptr) fail(AIR_ERROR_INVALID_MODEL, "'{}' cannot be loaded: {}", file.string(), reason);
}

void *Image::symbol(const std::string &name) const noexcept {
  return dlsym(library_.get(), name.c_str());
}

}  // namespace air::stlib
