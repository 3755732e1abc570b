// SPDX-License-Identifier: BSD-3-Clause
// Folders that the system has for each user.
#pragma once

#include <filesystem>

namespace air {

// Where programs keep data of the user's, on this machine; "" where nothing that can be trusted tells it: on Linux and macOS the environment, on
// Windows the system (AppData\Local).
std::filesystem::path user_data_folder();

}  // namespace air
