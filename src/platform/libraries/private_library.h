// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded from a copy that nobody else has: with static data of its own, whatever becomes of its file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "platform/libraries/shared_library.h"

namespace air {

struct PrivateLibrary {
  std::shared_ptr<const void> copy;  // what has to be there as long as it is loaded, and goes after it; may be none
  LoadedLibrary library;
};

// From the bytes of the file `original`, beside which Windows finds what it needs. No library where it cannot be loaded, then `reason` is the loader's.
// Throws AIR_ERROR_IO and the like, naming the purpose, where there is no room for a copy. On Windows the copy is a temporary file; those of
// processes that were killed go when the next one is made.
PrivateLibrary load_private_library(std::span<const std::byte> file, const std::filesystem::path &original,
                                    std::string_view purpose, std::string &reason);

}  // namespace air
