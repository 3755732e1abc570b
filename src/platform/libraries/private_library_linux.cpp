// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded from a copy that nobody else has: a file in memory, or where the system has none a temporary file.
#include "platform/libraries/private_library.h"

#include <sys/mman.h>

#include <utility>

#include "common/error.h"
#include "platform/files/file_handle.h"
#include "platform/libraries/library_copy_posix.h"

namespace air {

PrivateLibrary load_private_library(std::span<const std::byte> file, const std::filesystem::path &original,
                                    std::string_view purpose, std::string &reason) {
  PrivateLibrary loaded;
  FileHandle memory(memfd_create(original.filename().c_str(), MFD_CLOEXEC));
  if (memory.is_open() && write_bytes(memory.get(), file)) {
    loaded.library.reset(load_library(fmt::format("/proc/self/fd/{}", memory.get()).c_str(), reason));
    if (loaded.library != nullptr) {
      loaded.copy = std::make_shared<FileHandle>(std::move(memory));  // by its number the loader knows the library
      return loaded;
    }
  }
  try {
    const LibraryCopy copy(file, purpose);
    loaded.library.reset(load_library(copy.path().c_str(), reason));
  } catch (Error &error) {
    if (!reason.empty()) error.add_cause(fmt::format("tried a file in memory: {}", reason));
    throw;
  }
  return loaded;
}

}  // namespace air
