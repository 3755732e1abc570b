// SPDX-License-Identifier: BSD-3-Clause
// Which models a library has, read from its bytes without loading it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace air::stlib {

// Names of the symbols that the shared library in `file` exports; empty where it does not tell (ELF without section headers).
// Throws AIR_ERROR_INVALID_MODEL, naming `path`, for what this process cannot load: another system's, another machine's, a truncated file.
std::vector<std::string> read_exports(std::span<const std::byte> file, const std::string &path);

// The c-names for which `exports` has the main functions of one of the two ABIs, in alphabetical order.
std::vector<std::string> find_c_names(const std::vector<std::string> &exports);

}  // namespace air::stlib
