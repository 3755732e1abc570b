// SPDX-License-Identifier: BSD-3-Clause
// Whole files, read and written.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "npz/npy.h"

namespace air::cli {

Bytes read_file(const std::string &path);                                        // throws Failure, kBadInput
void write_file(const std::string &path, std::span<const unsigned char> bytes);  // throws Failure, kFailed
void write_file(const std::string &path, std::string_view text);

// Lower case, with the dot; "" for none.
std::string extension(const std::string &path);

}  // namespace air::cli
