// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded from a copy that nobody else has: a file in memory, or a temporary file.
#include "platform/libraries/private_library.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/file_handle.h"
#include "platform/files/temporary.h"
#include "platform/streams/streams.h"

namespace air {
namespace {

// False, and errno, when there is no room.
bool write_bytes(int output, std::span<const std::byte> bytes) {
  errno = write_all(output, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  return errno == 0;
}

// The copy where the system has no files in memory: a file of an unused name, removed when the scope ends.
class TemporaryFile {
 public:
  TemporaryFile(std::span<const std::byte> bytes, std::string_view purpose)
      : path_(text_of(temporary_folder() / "airunner_XXXXXX.so")) {
    constexpr int kSuffixLength = 3;
    const FileHandle output(mkostemps(path_.data(), kSuffixLength, O_CLOEXEC));
    if (output.is_open() && write_bytes(output.get(), bytes)) return;
    const int code = errno;
    if (output.is_open()) unlink(path_.c_str());
    fail_temporary(purpose, temporary_folder(), code);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;

  const std::string &path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace

PrivateLibrary load_private_library(std::span<const std::byte> file, const std::string &name, std::string_view purpose,
                                    std::string &reason) {
  PrivateLibrary loaded;
  FileHandle memory(memfd_create(name.c_str(), MFD_CLOEXEC));
  if (memory.is_open() && write_bytes(memory.get(), file)) {
    loaded.library.reset(load_library(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), reason));
    if (loaded.library != nullptr) {
      loaded.copy = std::make_shared<FileHandle>(std::move(memory));  // by its number the loader knows the library
      return loaded;
    }
  }
  try {
    const TemporaryFile temporary(file, purpose);
    loaded.library.reset(load_library(temporary.path().c_str(), reason));
  } catch (Error &error) {
    if (!reason.empty()) error.add_cause(fmt::format("tried a file in memory: {}", reason));
    throw;
  }
  return loaded;
}

}  // namespace air
