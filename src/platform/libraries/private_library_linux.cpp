// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded from a copy that nobody else has: a file in memory, or where the system has none a temporary file.
#include "platform/libraries/private_library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <utility>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/file_handle.h"
#include "platform/files/temporary.h"
#include "platform/libraries/library_copy_posix.h"

namespace air {
namespace {

std::string path_of_open(const FileHandle &file) {
  return fmt::format("/proc/self/fd/{}", file.get());
}

bool is_loaded(const std::string &path) noexcept {
  void *found = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (found != nullptr) dlclose(found);
  return found != nullptr;
}

// A file in memory under a number that the loader does not know: it takes a library that it has under the same name for this one, and some never
// go, those with static data of C++ templates and those that were linked with `-z nodelete`.
FileHandle file_in_memory(const std::string &name) {
  FileHandle file(memfd_create(name.c_str(), MFD_CLOEXEC));
  while (file.is_open() && is_loaded(path_of_open(file)))
    file = FileHandle(fcntl(file.get(), F_DUPFD_CLOEXEC, file.get() + 1));
  return file;
}

}  // namespace

PrivateLibrary load_private_library(std::span<const std::byte> file, const std::filesystem::path &original,
                                    std::string_view purpose, std::string &reason) {
  PrivateLibrary loaded;
  FileHandle memory = file_in_memory(original.filename());
  if (memory.is_open() && write_bytes(memory.get(), file)) {
    loaded.library.reset(load_library(path_of_open(memory).c_str(), reason));
    if (loaded.library != nullptr) {
      loaded.copy = std::make_shared<FileHandle>(std::move(memory));  // by its number the loader knows the library
      return loaded;
    }
  }
  try {
    const LibraryCopy copy(file, purpose);
    const std::string in_memory = std::exchange(reason, "");
    loaded.library.reset(load_library(copy.path().c_str(), reason));
    if (reason.find("failed to map segment") != std::string::npos) {  // the loader's words
      reason += fmt::format("; {} may be mounted noexec: name another folder in TMPDIR; as a file in memory: {}",
                            text_of(temporary_folder()), in_memory);
    }
  } catch (Error &error) {
    if (!reason.empty()) error.add_cause(fmt::format("tried a file in memory: {}", reason));
    throw;
  }
  return loaded;
}

}  // namespace air
