// SPDX-License-Identifier: BSD-3-Clause
// What shared_library.h has on Windows only.
#pragma once

#include <filesystem>
#include <string>

namespace air {

// Loads a copy of a library as if it lay where the original does: what it needs is looked for there, and the reason is that of the original. As
// load_library() otherwise.
void *load_copy(const std::filesystem::path &copy, const std::filesystem::path &original, std::string &reason);

}  // namespace air
