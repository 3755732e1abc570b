// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded from a copy that nobody else has: a temporary file, whose signature is that of the library.
#include "platform/libraries/library_copy_posix.h"
#include "platform/libraries/private_library.h"

namespace air {

PrivateLibrary load_private_library(std::span<const std::byte> file, const std::filesystem::path &,
                                    std::string_view purpose, std::string &reason) {
  PrivateLibrary loaded;
  const LibraryCopy copy(file, purpose);
  loaded.library.reset(load_library(copy.path().c_str(), reason));
  return loaded;
}

}  // namespace air
