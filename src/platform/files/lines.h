// SPDX-License-Identifier: BSD-3-Clause
// Lines of what the system tells in files, and of small files of other programs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace air {

// Without their ends; none where the file cannot be read, nor what lies behind 64 MiB. Throws std::bad_alloc.
std::vector<std::string> lines_of(const std::filesystem::path &path);
// Empty where there is none.
std::string first_line_of(const std::filesystem::path &path);

}  // namespace air
