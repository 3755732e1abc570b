// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded from a copy that nobody else has: with static data of its own, whatever becomes of its file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "platform/files/file_handle.h"
#include "platform/libraries/shared_library.h"

namespace air {

struct PrivateLibrary {
  FileHandle
      copy;  // open while loaded, because the loader knows the library by its number; none where the copy has a name
  LoadedLibrary library;
};

// From the bytes of its file. No library where it cannot be loaded, then `reason` is the loader's. Throws AIR_ERROR_IO and the like, naming the
// purpose, where there is no room for a copy.
PrivateLibrary load_private_library(std::span<const std::byte> file, const std::string &name, std::string_view purpose,
                                    std::string &reason);

}  // namespace air
