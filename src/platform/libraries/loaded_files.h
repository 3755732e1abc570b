// SPDX-License-Identifier: BSD-3-Clause
// The files that this process runs and has mapped.
#pragma once

#include <filesystem>
#include <vector>

namespace air {

// The program, its libraries, plugins and runtimes; none where the system does not tell.
// On Windows and macOS without the files that are only mapped.
std::vector<std::filesystem::path> loaded_files();

}  // namespace air
