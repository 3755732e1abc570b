// SPDX-License-Identifier: BSD-3-Clause
// CSV for spreadsheets of countries whose decimal sign is the comma.
#include "cli/outputs/csv.h"

#include <algorithm>
#include <string_view>

#include "common/numbers.h"

namespace air::cli {
namespace {

// The cell at the beginning, with its quotes: what is in them does not end it.
std::string_view first_cell(std::string_view text) {
  bool quoted = false;
  size_t end = 0;
  for (; end < text.size() && (quoted || std::string_view(",\r\n").find(text[end]) == std::string_view::npos); ++end) {
    if (text[end] == '"') quoted = !quoted;
  }
  return text.substr(0, end);
}

}  // namespace

std::string with_decimal_commas(const std::string &csv) {
  std::string result;
  for (std::string_view rest = csv; !rest.empty();) {
    std::string cell(first_cell(rest));
    rest.remove_prefix(cell.size());
    if (number_in<double>(cell)) std::ranges::replace(cell, '.', ',');
    result += cell;
    if (rest.empty()) break;
    result += rest.front() == ',' ? ';' : rest.front();
    rest.remove_prefix(1);
  }
  return result;
}

}  // namespace air::cli
