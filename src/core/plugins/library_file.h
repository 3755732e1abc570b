// SPDX-License-Identifier: BSD-3-Clause
// Whether a file is a complete library: the loader maps a truncated one without a word, and the process dies.
#pragma once

#include <filesystem>

namespace air {

// Throws AIR_ERROR_INCOMPATIBLE for a truncated library. What else may be wrong the loader tells itself.
void check_not_truncated(const std::filesystem::path &path);

}  // namespace air
