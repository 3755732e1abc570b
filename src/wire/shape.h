// SPDX-License-Identifier: BSD-3-Clause
// Shapes: from the dimensions on the wire to canonical ones (batch first, channel last) and back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "airunner.h"

namespace air::wire {

using Shape = std::vector<int64_t>;

// Canonical shape of `dims` (aiTensorDescMsg.dims); nothing where the kind has no meaning for this number of dimensions.
std::optional<Shape> canonical_shape(uint32_t n_dims, std::span<const uint32_t> dims);

// The one with packed bits: the last dimension in 32-bit words. Others unchanged.
Shape storage_shape(const Shape &shape, air_encoding encoding);

// Elements announced and shape agree, as far as deployed clients ask (difference of at most 3).
bool consistent(uint64_t n_elements, std::span<const int64_t> shape);

struct WireShape {
  uint32_t n_dims = 0;
  std::vector<uint32_t> dims;
};

// The inverse of canonical_shape(): `kind` is a ShapeKind, `flags` are ShapeFlag bits (ST_AI only). Nothing where the kind cannot
// express the shape, or a dimension is not a uint32.
std::optional<WireShape> wire_shape(uint32_t kind, uint32_t flags, std::span<const int64_t> shape);

}  // namespace air::wire
