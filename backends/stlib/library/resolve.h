// SPDX-License-Identifier: BSD-3-Clause
// From the path of a descriptor to the library file it means.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace air::stlib {

struct ResolvedLibrary {
  std::filesystem::path file;                 // absolute
  std::vector<std::filesystem::path> others;  // further candidates of a searched folder, in the order of preference
};

// Throws AIR_ERROR_NOT_FOUND, _INVALID_MODEL or _INVALID_DESCRIPTOR; the causes tell what was tried.
ResolvedLibrary resolve_library(const std::string &text);

// How well a text without scheme fits: 0 not at all, 100 certainly.
uint32_t claim_path(const std::string &text) noexcept;

}  // namespace air::stlib
