// SPDX-License-Identifier: BSD-3-Clause
// CSV for spreadsheets of countries whose decimal sign is the comma.
#pragma once

#include <string>

namespace air::cli {

// RFC 4180 with a semicolon between cells, and a comma in numbers.
std::string with_decimal_commas(const std::string &csv);

}  // namespace air::cli
