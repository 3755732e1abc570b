// SPDX-License-Identifier: BSD-3-Clause
// A path that is the same wherever the program goes. The standard library takes \\server\share for a folder of the current drive.
#pragma once

#include <filesystem>

namespace air {

// From the current folder of now, without `.` and `..`. Throws Error where there is no such folder any more, and std::bad_alloc.
std::filesystem::path absolute_path(const std::filesystem::path &path);

}  // namespace air
