// SPDX-License-Identifier: BSD-3-Clause
// Folders that the system has for each user.
#pragma once

#include <filesystem>

namespace air {

// Where programs keep data of the user's; "" where the environment tells none that can be trusted.
std::filesystem::path user_data_folder();

}  // namespace air
