// SPDX-License-Identifier: BSD-3-Clause
// Parts of a FlatBuffer that may be left out, as what they are when empty.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "litert/schema.h"

namespace air::litert {

template <class Item>
using List = flatbuffers::Vector<Item>;

template <class Item>
const List<Item> &items(const List<Item> *list) {
  static constexpr flatbuffers::uoffset_t kNone = 0;
  return list != nullptr ? *list : reinterpret_cast<const List<Item> &>(kNone);
}

inline std::string_view text(const flatbuffers::String *string) {
  return string != nullptr ? string->string_view() : std::string_view();
}

template <class To = int32_t, class Number>
std::vector<To> numbers(const List<Number> *list) {
  std::vector<To> values;
  values.reserve(items(list).size());
  for (const Number number : items(list)) values.push_back(static_cast<To>(number));
  return values;
}

}  // namespace air::litert
