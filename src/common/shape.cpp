// SPDX-License-Identifier: BSD-3-Clause
// Sizes of shapes, and their text.
#include "common/shape.h"

#include <fmt/ranges.h>

#include "common/error.h"

namespace air {

std::optional<uint64_t> element_count(std::span<const int64_t> shape) noexcept {
  uint64_t count = 1;
  for (const int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(count, static_cast<uint64_t>(dimension), &count)) return {};
  }
  return count;
}

uint64_t checked_size(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    fail(AIR_ERROR_INVALID_INPUT, "size {} x {} does not fit 64 bits: use fewer samples", a, b);
  }
  return product;
}

std::string shape_text(std::span<const int64_t> shape) {
  return shape.size() == 1 ? fmt::format("({},)", shape[0]) : fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace air
