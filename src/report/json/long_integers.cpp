// SPDX-License-Identifier: BSD-3-Clause
// Integers that a double cannot hold, on their way through cJSON.
#include "report/json/long_integers.h"

namespace air::report {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kNumberBegins = "-0123456789";
constexpr char kMark = '#';

bool is_long(std::string_view part) {
  constexpr size_t exact_digits = 15;
  if (part.starts_with('-')) part.remove_prefix(1);
  return part.size() > exact_digits && part.find_first_not_of(kDigits) == std::string_view::npos;
}

// Behind the text that begins at `begin`.
size_t end_of_text(std::string_view json, size_t begin) {
  size_t at = begin + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return at + 1;
}

// Behind the text, the number, or whatever stands between them.
size_t end_of_part(std::string_view json, size_t begin) {
  if (json[begin] == '"') return end_of_text(json, begin);
  if (kNumberBegins.find(json[begin]) != std::string_view::npos) {
    return json.find_first_not_of("+-.Ee0123456789", begin);
  }
  return json.find_first_of("\"-0123456789", begin);
}

}  // namespace

std::string with_long_integers_as_texts(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  for (size_t at = 0; at < json.size();) {
    const std::string_view part = json.substr(at, end_of_part(json, at) - at);
    at += part.size();
    if (is_long(part)) {
      result.append({'"', kMark}).append(part).append(1, '"');
    } else {
      result.append(part);
    }
  }
  return result;
}

std::string_view long_integer(const cJSON *item) {
  const std::string_view text = cJSON_IsString(item) != 0 ? item->valuestring : "";
  return text.starts_with(kMark) && is_long(text.substr(1)) ? text.substr(1) : "";
}

}  // namespace air::report
