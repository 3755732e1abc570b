// SPDX-License-Identifier: BSD-3-Clause
// Parts of a FlatBuffer that may be left out, as what they are when empty.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "tflite_file/schema.h"

namespace air::tflite_file {

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

// The Verifier aligns lists like their lengths, not like their items.
template <class To = int32_t, class Number>
std::vector<To> numbers(const List<Number> *list) {
  std::vector<To> values(items(list).size());
  for (size_t i = 0; i < values.size(); ++i) {
    Number number;
    std::memcpy(&number, list->Data() + i * sizeof(number), sizeof(number));
    values[i] = static_cast<To>(flatbuffers::EndianScalar(number));
  }
  return values;
}

}  // namespace air::tflite_file
