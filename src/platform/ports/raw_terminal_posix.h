// SPDX-License-Identifier: BSD-3-Clause
// The two sides of a pseudo-terminal, opened. All throw std::system_error.
#pragma once

#include <string>

#include "platform/files/file_handle.h"

namespace air {

[[noreturn]] void fail_terminal(const std::string &step);  // throws what errno says
FileHandle opened(int descriptor, const char *step);

FileHandle open_master();  // does not block
std::string other_side(const FileHandle &master);

// Opens the client's side and has it pass bytes as they are, without echo; the setting outlives the descriptor.
FileHandle open_raw(const std::string &path);

}  // namespace air
