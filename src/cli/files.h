// SPDX-License-Identifier: BSD-3-Clause
// Whole files, read, and the kinds that names tell.
#pragma once

#include <string>

#include "npz/npy.h"

namespace air::cli {

Bytes read_file(const std::string &path);  // throws Failure, kBadInput

// Lower case, with the dot; "" for none.
std::string extension(const std::string &path);

}  // namespace air::cli
