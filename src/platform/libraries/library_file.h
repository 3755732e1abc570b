// SPDX-License-Identifier: BSD-3-Clause
// What a file is that may be a shared library, and which symbols it exports: read from its bytes without loading it, on every system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "platform/libraries/bad_library.h"

namespace air {

// Throws BadLibrary for what is no whole shared library for this process: of another system, another machine, truncated or damaged. The beginning of a
// file of `size` bytes will do, up to library_headers_end().
void check_library(std::span<const std::byte> front, uint64_t size);

// Where the headers that the loader reads end, as the first bytes of a file tell; 0 where they do not.
uint64_t library_headers_end(std::span<const std::byte> front) noexcept;

// Names of the symbols that a library exports; empty where the file does not tell (ELF without section headers). Throws BadLibrary, as
// check_library() does.
std::vector<std::string> library_exports(std::span<const std::byte> file);

}  // namespace air
