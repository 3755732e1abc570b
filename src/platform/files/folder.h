// SPDX-License-Identifier: BSD-3-Clause
// What is in a folder. std::filesystem's iterators end the process where memory does not suffice for a name.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace air {

// Names of the entries, in no order; none, and the reason in `error`, where the folder cannot be read. Throws std::bad_alloc only.
std::vector<std::string> folder_names(const std::filesystem::path &folder, std::error_code &error);
// The same as paths.
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path &folder, std::error_code &error);
// The same where the reason does not matter.
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path &folder);

}  // namespace air
