// SPDX-License-Identifier: BSD-3-Clause
// Shapes.
#include "wire/shape.h"

#include <algorithm>

#include "common/shape.h"
#include "wire/constants.h"

namespace air::wire {
namespace {

// Place in the wire's dimensions of each canonical dimension, for one rank of one kind.
using Order = std::span<const uint8_t>;

constexpr uint8_t kBchw4[] = {0, 3, 1, 2};
constexpr uint8_t kBchw5[] = {0, 1, 4, 2, 3};
constexpr uint8_t kBchw6[] = {0, 1, 2, 5, 3, 4};
constexpr uint8_t kBcwh4[] = {0, 3, 2, 1};
constexpr uint8_t kBcwh5[] = {0, 3, 2, 4, 1};
constexpr uint8_t kBcwh6[] = {0, 3, 2, 4, 5, 1};
constexpr uint8_t kSame[] = {0, 1, 2, 3, 4, 5};

// Empty where the kind does not know the rank.
Order order_of(uint32_t kind, size_t rank) {
  if (rank < 4 || rank > 6) return {};
  constexpr Order bchw[] = {kBchw4, kBchw5, kBchw6};
  constexpr Order bcwh[] = {kBcwh4, kBcwh5, kBcwh6};
  if (kind == kShapeBchw) return bchw[rank - 4];
  if (kind == kShapeBcwh) return bcwh[rank - 4];
  return Order(kSame).first(rank);
}

Shape reordered(std::span<const uint32_t> dims, Order order) {
  Shape shape;
  for (const uint8_t place : order) shape.push_back(dims[place]);
  return shape;
}

Shape with_batch(std::span<const uint32_t> dims, bool has_batch) {
  Shape shape(dims.begin(), dims.end());
  if (!has_batch || shape.empty() || shape[0] != 1) shape.insert(shape.begin(), 1);
  return shape;
}

}  // namespace

std::optional<Shape> canonical_shape(uint32_t n_dims, std::span<const uint32_t> dims) {
  const uint32_t top = n_dims >> kShapeShift;
  const uint32_t kind = top & 0xF;
  if (kind == kShapeUndefined || kind == kShapeRaw) return Shape(dims.begin(), dims.end());
  if (kind == kShapeStAi) return with_batch(dims, (top & kShapeHasBatch) != 0);
  // The other kinds stand alone, without flags.
  if (top > kShapeBchw) return Shape{1};
  const Order order = order_of(top, dims.size());
  if (!order.empty()) return reordered(dims, order);
  if (top == kShapeBchw) return std::nullopt;
  if (top == kShapeBcwh) return dims.size() == 1 ? Shape{1, 1, 1, dims[0]} : Shape{1};
  if (dims.size() == 1) return Shape{dims[0]};
  if (dims.size() == 2) return Shape{dims[0], 1, 1, dims[1]};
  if (dims.size() == 3) return Shape{dims[0], dims[1], 1, dims[2]};
  return Shape{1};
}

Shape storage_shape(const Shape &shape, air_encoding encoding) {
  Shape result = shape;
  if (encoding == AIR_ENCODING_PACKED_BITS && !result.empty())
    result.back() = result.back() / 32 + (result.back() % 32 != 0);
  return result;
}

bool consistent(uint64_t n_elements, std::span<const int64_t> shape) {
  const std::optional<uint64_t> count = element_count(shape);
  if (!count) return false;
  return std::max(n_elements, *count) - std::min(n_elements, *count) <= 3;
}

std::optional<WireShape> wire_shape(uint32_t kind, uint32_t flags, std::span<const int64_t> shape) {
  const auto fits = [](int64_t dim) { return dim >= 0 && dim <= int64_t{UINT32_MAX}; };
  if (!std::all_of(shape.begin(), shape.end(), fits) || shape.size() > 0xFFFF) return std::nullopt;
  WireShape result;
  for (const int64_t dim : shape) result.dims.push_back(static_cast<uint32_t>(dim));
  uint32_t top = kind;
  if (kind == kShapeStAi) {
    if (shape.empty() || shape[0] != 1) return std::nullopt;
    if ((flags & kShapeHasBatch) == 0) result.dims.erase(result.dims.begin());
    top |= flags;
  } else if (kind == kShapeBhwc || kind == kShapeBchw || kind == kShapeBcwh) {
    const Order order = order_of(kind, shape.size());
    const bool plain = kind == kShapeBhwc && shape.size() == 1;
    if (order.empty() && !plain) return std::nullopt;
    for (size_t i = 0; i < order.size(); ++i) result.dims[order[i]] = static_cast<uint32_t>(shape[i]);
  } else if (kind != kShapeUndefined && kind != kShapeRaw) {
    return std::nullopt;
  }
  result.n_dims = top << kShapeShift | static_cast<uint32_t>(result.dims.size());
  return result;
}

}  // namespace air::wire
