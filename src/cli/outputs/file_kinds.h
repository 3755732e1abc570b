// SPDX-License-Identifier: BSD-3-Clause
// The kinds of files that names tell.
#pragma once

#include <string>

namespace air::cli {

// Lower case, with the dot; "" for none.
std::string extension(const std::string &path);

}  // namespace air::cli
