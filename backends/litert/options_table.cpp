// SPDX-License-Identifier: BSD-3-Clause
// Options of operators as they lie in a file: tables of a hundred kinds, copied without knowing what is in them.
#include "litert/options_table.h"

#include <array>
#include <cstring>

#include "common/error.h"

namespace air::litert {
namespace {

// What is known of the members of both unions: tests/litert/test_schema.py compares it with LiteRT's own schema.
constexpr uint8_t kLastFirst = 126, kLastSecond = 23;

// Fields that refer to a list, or to a text, whose items are bytes.
struct ListField {
  OptionsKind kind;
  uint8_t type;
  uint8_t field;
  uint8_t item_size;
};
constexpr auto kFirst = OptionsKind::kFirst, kSecond = OptionsKind::kSecond;
constexpr std::array kLists = {
    ListField{kFirst, 3, 1, 4},   ListField{kFirst, 3, 2, 4},   ListField{kFirst, 8, 5, 1},
    ListField{kFirst, 17, 0, 4},  ListField{kFirst, 30, 0, 4},  ListField{kFirst, 111, 0, 1},
    ListField{kFirst, 111, 1, 1}, ListField{kFirst, 115, 0, 4}, ListField{kSecond, 2, 0, 8},
    ListField{kSecond, 3, 0, 8},  ListField{kSecond, 3, 1, 8},  ListField{kSecond, 3, 2, 8},
    ListField{kSecond, 4, 0, 8},  ListField{kSecond, 4, 1, 8},  ListField{kSecond, 4, 2, 8},
    ListField{kSecond, 4, 3, 8},  ListField{kSecond, 4, 4, 1},  ListField{kSecond, 4, 7, 8},
    ListField{kSecond, 4, 10, 8}, ListField{kSecond, 4, 13, 8}, ListField{kSecond, 4, 16, 4},
    ListField{kSecond, 9, 0, 8},  ListField{kSecond, 10, 0, 8}, ListField{kSecond, 10, 1, 8},
    ListField{kSecond, 10, 2, 8}, ListField{kSecond, 12, 0, 8}, ListField{kSecond, 12, 1, 8},
    ListField{kSecond, 12, 2, 8}, ListField{kSecond, 12, 3, 8}, ListField{kSecond, 12, 4, 4},
    ListField{kSecond, 16, 0, 8}, ListField{kSecond, 16, 1, 8}, ListField{kSecond, 16, 2, 8},
    ListField{kSecond, 16, 4, 8}, ListField{kSecond, 17, 0, 8},
};

// Those that name other graphs of the file.
struct Caller {
  OptionsKind kind;
  uint8_t type;
};
constexpr std::array kCallers = {
    Caller{kFirst, 16},  Caller{kFirst, 92},  Caller{kFirst, 93},  Caller{kFirst, 103},
    Caller{kSecond, 5},  Caller{kSecond, 6},  Caller{kSecond, 7},  Caller{kSecond, 13},
    Caller{kSecond, 14}, Caller{kSecond, 15}, Caller{kSecond, 21}, Caller{kSecond, 23},
};

bool can_be_copied(OptionsKind kind, uint8_t type) {
  for (const Caller &caller : kCallers) {
    if (caller.kind == kind && caller.type == type) return false;
  }
  return type <= (kind == kFirst ? kLastFirst : kLastSecond);
}

template <class Number>
Number number_at(Bytes bytes, uint64_t place) {
  if (place > bytes.size() || sizeof(Number) > bytes.size() - place)
    fail(AIR_ERROR_INVALID_MODEL, "the options of an operator lead out of the file");
  Number number;
  std::memcpy(&number, bytes.data() + place, sizeof(number));
  return number;
}

Bytes part_at(Bytes bytes, uint64_t place, uint64_t size) {
  if (place > bytes.size() || size > bytes.size() - place)
    fail(AIR_ERROR_INVALID_MODEL, "the options of an operator lead out of the file");
  return bytes.subspan(place, size);
}

void append(std::vector<uint8_t> &out, Bytes bytes) {
  const auto *begin = reinterpret_cast<const uint8_t *>(bytes.data());
  out.insert(out.end(), begin, begin + bytes.size());
}

// Until what comes at this distance behind the end is aligned.
void align(std::vector<uint8_t> &out, size_t to, size_t distance = 0) {
  while ((out.size() + distance) % to != 0) out.push_back(0);
}

void write_number(std::vector<uint8_t> &out, size_t place, uint32_t number) {
  std::memcpy(out.data() + place, &number, sizeof(number));
}

}  // namespace

std::optional<OptionsTable> copy_options(Bytes file, const void *table, OptionsKind kind, uint8_t type) {
  if (!can_be_copied(kind, type)) return {};
  const auto place = static_cast<uint64_t>(static_cast<const std::byte *>(table) - file.data());
  const auto layout_place = place - static_cast<uint64_t>(int64_t{number_at<int32_t>(file, place)});
  const auto layout_size = number_at<uint16_t>(file, layout_place), size = number_at<uint16_t>(file, layout_place + 2);
  const Bytes layout = part_at(file, layout_place, layout_size);
  if (layout_size < 2 * sizeof(uint16_t) || size < sizeof(int32_t))
    fail(AIR_ERROR_INVALID_MODEL, "the options of an operator are cut off");
  OptionsTable copy;
  append(copy.bytes, layout);
  while (copy.bytes.size() % OptionsTable::kAlignment != place % OptionsTable::kAlignment) copy.bytes.push_back(0);
  copy.table = copy.bytes.size();
  append(copy.bytes, part_at(file, place, size));
  write_number(copy.bytes, copy.table, static_cast<uint32_t>(copy.table));  // the layout is at the begin
  for (const ListField &list : kLists) {
    const uint64_t slot = 2 * sizeof(uint16_t) + list.field * sizeof(uint16_t);
    if (list.kind != kind || list.type != type || slot + sizeof(uint16_t) > layout_size) continue;
    const auto field = number_at<uint16_t>(layout, slot);
    if (field == 0) continue;
    number_at<uint32_t>(part_at(file, place, size), field);  // is within the table
    const uint64_t from = place + field + number_at<uint32_t>(file, place + field);
    const uint64_t n = number_at<uint32_t>(file, from);
    align(copy.bytes, sizeof(uint32_t));
    align(copy.bytes, list.item_size, sizeof(uint32_t));
    write_number(copy.bytes, copy.table + field, static_cast<uint32_t>(copy.bytes.size() - copy.table - field));
    append(copy.bytes, part_at(file, from, sizeof(uint32_t) + n * list.item_size));
    copy.bytes.push_back(0);  // ends a text
  }
  return copy;
}

}  // namespace air::litert
