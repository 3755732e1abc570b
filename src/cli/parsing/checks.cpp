// SPDX-License-Identifier: BSD-3-Clause
// What the values of options may be, in our own words.
#include "cli/parsing/checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <optional>
#include <utility>

#include "common/nearest.h"
#include "common/numbers.h"

namespace air::cli {
namespace {

// NaN where the text is not a number and nothing else.
double as_number(const std::string &text) {
  return number_in<double>(text).value_or(std::nan(""));
}

// "from 1", "from 32 to 4094"
std::string range_text(uint64_t least, uint64_t most) {
  return most == UINT64_MAX ? fmt::format("from {}", least) : fmt::format("from {} to {}", least, most);
}

}  // namespace

Check whole_number(uint64_t least, uint64_t most) {
  return [least, most](const std::string &text) -> std::string {
    const std::optional<uint64_t> value = number_in<uint64_t>(text, 10);
    if (value && *value >= least && *value <= most) return "";
    return fmt::format("expected a whole number {}, got {}", range_text(least, most), text);
  };
}

Check number(double least, double most, const std::string &unit) {
  return [least, most, unit](const std::string &text) -> std::string {
    const double value = as_number(text);
    if (value >= least && value <= most) return "";  // never NaN
    return fmt::format("expected a number from {} to {:.0f}{}, got {}", least, most, unit, text);
  };
}

Check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string &text) -> std::string {
    for (const std::string &word : words) {
      if (text == word) return "";
    }
    return fmt::format("expected one of {}, got {}{}", fmt::join(words, ", "), text, did_you_mean(text, words));
  };
}

std::string check_key_value(const std::string &text) {
  return text.find('=') == std::string::npos || text.front() == '=' ? "expected key=value, got " + text : "";
}

std::string check_limit(const std::string &text) {
  return check_key_value(text).empty() ? "" : "expected METRIC=VALUE, such as cos=0.99, got " + text;
}

std::string check_is_told(const std::string &text) {
  return text.empty() ? "expected a name, got an empty one" : "";
}

// The parser takes what follows for the value, whatever it is.
std::string check_is_a_file(const std::string &text) {
  if (text.empty()) return "expected a file, got an empty name";
  return text.starts_with("--") ? fmt::format("expected a file, got {0}; a file of that name is ./{0}", text) : "";
}

std::string check_real_number(const std::string &text) {
  return std::isfinite(as_number(text)) ? "" : fmt::format("expected a number, got {}", text);
}

}  // namespace air::cli
