// SPDX-License-Identifier: BSD-3-Clause
// Properties of a model that are more than a text.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

#include "common/tensor_facts.h"

namespace air::report {

// Nothing for what is no such number as a whole.
template <class T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

template <class T>
std::optional<T> number_property(const air_model &model, const char *key) {
  return number_in<T>(property(model, key));
}

// "10.2.0"; all zero when not known.
std::array<uint32_t, 3> version_property(const air_model &model, const char *key);

}  // namespace air::report
