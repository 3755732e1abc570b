// SPDX-License-Identifier: BSD-3-Clause
// Files that are in memory themselves, told by the file system.
#pragma once

#include "platform/files/file_handle.h"

namespace air {

bool is_in_memory(const FileHandle &file) noexcept;

}  // namespace air
