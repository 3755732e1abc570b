// SPDX-License-Identifier: BSD-3-Clause
// Where temporary files go, and what to tell the user when none can be made there.
#pragma once

#include <filesystem>
#include <string_view>

namespace air {

// TMPDIR, else /tmp; whether it is usable shows when it is used.
std::filesystem::path temporary_folder();

// Throws what errno `code` means for a temporary file: names what it is for, the folder, the cause and the way out.
[[noreturn]] void fail_temporary(std::string_view purpose, const std::filesystem::path &folder, int code);

}  // namespace air
