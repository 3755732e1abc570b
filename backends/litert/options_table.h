// SPDX-License-Identifier: BSD-3-Clause
// Options of operators as they lie in a file: tables of a hundred kinds, copied without knowing what is in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "litert/file.h"

namespace air::litert {

// Which of the two unions an operator has them in.
enum class OptionsKind : uint8_t { kFirst, kSecond };

// A table with what it refers to, which refer to one another only: it may lie anywhere that is so aligned.
struct OptionsTable {
  static constexpr size_t kAlignment = 8;

  std::vector<uint8_t> bytes;
  size_t table = 0;  // its place in them
};

// The table of that member of the union in `file`; nothing where it is of a kind that may refer to what is not known here, or names other
// graphs. Throws INVALID_MODEL where it leads out of the file.
std::optional<OptionsTable> copy_options(Bytes file, const void *table, OptionsKind kind, uint8_t type);

}  // namespace air::litert
