// SPDX-License-Identifier: BSD-3-Clause
// Numbers in texts, whatever the locale.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace air {

// Nothing for what is no such number as a whole, or does not fit the type.
template <class T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}
template <std::integral T>
std::optional<T> number_in(std::string_view text, int base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace air
