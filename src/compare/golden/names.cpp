// SPDX-License-Identifier: BSD-3-Clause
// What names of arrays say: frameworks, exporters and runtimes each write those of a model in their own way.
#include "compare/golden/names.h"

#include <algorithm>

#include "common/ascii.h"
#include "common/numbers.h"

namespace air {

std::string as_it_is(std::string_view name) {
  return std::string(name);
}

std::string sanitized(std::string_view name) {
  constexpr std::string_view served = "serving_default_";
  if (name.starts_with(served)) name.remove_prefix(served.size());
  const size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && number_in<uint32_t>(name.substr(colon + 1))) name = name.substr(0, colon);
  std::string result;
  for (const char c : name) result += is_ascii_letter(c) || is_ascii_digit(c) ? c : '_';
  const size_t begin = std::min(result.find_first_not_of('_'), result.size());
  const size_t end = result.find_last_not_of('_') + 1;  // 0 where there is nothing else
  return result.substr(begin, end - std::min(begin, end));
}

std::string without_scope(std::string_view name) {
  while (name.ends_with('/')) name.remove_suffix(1);
  return sanitized(name.substr(name.find_last_of("/;") + 1));  // all of it where there is no scope
}

std::optional<Role> role_of(std::string_view name) {
  constexpr std::array<std::string_view, 5> inputs = {"input", "inputs", "in", "x", "m_inputs"};
  constexpr std::array<std::string_view, 5> outputs = {"output", "outputs", "out", "y", "m_outputs"};
  std::string word = ascii_lower(sanitized(name));
  const size_t end = word.find_last_not_of("0123456789") + 1;
  Role role{false, number_in<uint32_t>(std::string_view(word).substr(end))};
  word.resize(end);
  if (word.ends_with('_')) word.pop_back();
  role.is_input = std::ranges::find(inputs, word) != inputs.end();
  if (!role.is_input && std::ranges::find(outputs, word) == outputs.end()) return {};
  return role;
}

bool is_anonymous(std::string_view name) {
  constexpr std::string_view prefix = "arr_";
  return name.empty() || (name.starts_with(prefix) && number_in<uint32_t>(name.substr(prefix.size())).has_value());
}

}  // namespace air
