// SPDX-License-Identifier: BSD-3-Clause
// Shapes on the wire and canonical ones.
#include <doctest/doctest.h>

#include "common/shape.h"
#include "wire/constants.h"
#include "wire/shape.h"

namespace air::wire {
namespace {

constexpr uint32_t top(uint32_t byte) {
  return byte << kShapeShift;
}

struct Row {
  uint32_t top_byte;
  std::vector<uint32_t> dims;
  Shape shape;
};

const Row kRows[] = {{0, {}, {}},
                     {0, {2, 3}, {2, 3}},
                     {5, {2, 3, 4, 5, 6, 7, 8}, {2, 3, 4, 5, 6, 7, 8}},
                     {0x40, {9, 8}, {9, 8}},
                     {4, {2, 3}, {1, 2, 3}},
                     {0x44, {1, 3}, {1, 3}},
                     {0x44, {2, 3}, {1, 2, 3}},
                     {4, {1, 3}, {1, 1, 3}},
                     {0x64, {1, 3}, {1, 3}},
                     {0x54, {}, {1}},
                     {2, {7}, {7}},
                     {2, {7, 8}, {7, 1, 1, 8}},
                     {2, {7, 8, 9}, {7, 8, 1, 9}},
                     {2, {2, 3, 4, 5}, {2, 3, 4, 5}},
                     {2, {2, 3, 4, 5, 6}, {2, 3, 4, 5, 6}},
                     {2, {2, 3, 4, 5, 6, 7}, {2, 3, 4, 5, 6, 7}},
                     {2, {}, {1}},
                     {2, {1, 2, 3, 4, 5, 6, 7}, {1}},
                     {3, {10, 11, 12, 13}, {10, 13, 11, 12}},
                     {3, {10, 11, 12, 13, 14}, {10, 11, 14, 12, 13}},
                     {3, {10, 11, 12, 13, 14, 15}, {10, 11, 12, 15, 13, 14}},
                     {1, {10}, {1, 1, 1, 10}},
                     {1, {10, 11, 12, 13}, {10, 13, 12, 11}},
                     {1, {10, 11, 12, 13, 14}, {10, 13, 12, 14, 11}},
                     {1, {10, 11, 12, 13, 14, 15}, {10, 13, 12, 14, 15, 11}},
                     {1, {10, 11}, {1}},
                     {0x42, {1, 2, 3, 4}, {1}},
                     {6, {1, 2, 3, 4}, {1}},
                     {0, {0xFFFFFFFF}, {0xFFFFFFFF}}};

}  // namespace

TEST_CASE("dimensions become canonical by the protocol's table, whatever the rank field says") {
  for (const Row &row : kRows) {
    CAPTURE(row.top_byte);
    CAPTURE(row.dims.size());
    for (const uint32_t rank : {0u, 4u, 0xFFFFFFu}) {
      const auto shape = canonical_shape(top(row.top_byte) | rank, row.dims);
      REQUIRE(shape.has_value());
      CHECK(*shape == row.shape);
    }
  }
  for (const size_t rank : {0U, 1U, 2U, 3U, 7U}) {
    CHECK_FALSE(canonical_shape(top(kShapeBchw), std::vector<uint32_t>(rank, 2)).has_value());
  }
}

TEST_CASE("wire_shape is the inverse wherever the kind can express the shape") {
  const Shape shapes[] = {{1, 5}, {1, 10, 11, 12}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 6}, {1}, {7}, {2, 3, 4, 5}};
  unsigned expressed = 0;
  for (const Shape &shape : shapes) {
    for (uint32_t kind = 0; kind <= 6; ++kind) {
      for (const uint32_t flags : {0u, uint32_t{kShapeHasBatch}, kShapeHasBatch | uint32_t{kShapeChannelLast}}) {
        const auto wire = wire_shape(kind, flags, shape);
        if (!wire) continue;
        ++expressed;
        CHECK((wire->n_dims & 0xFFFFFF) == wire->dims.size());
        const auto back = canonical_shape(wire->n_dims, wire->dims);
        REQUIRE(back.has_value());
        CHECK(*back == shape);
      }
    }
  }
  CHECK(expressed > 50);
  CHECK(wire_shape(kShapeStAi, kShapeHasBatch, Shape{1, 3})->n_dims == 0x44000002);
  CHECK(wire_shape(kShapeStAi, 0, Shape{1, 3})->dims == std::vector<uint32_t>{3});
  CHECK(wire_shape(kShapeBcwh, 0, Shape{1, 2, 3, 4})->dims == std::vector<uint32_t>{1, 4, 3, 2});
  CHECK_FALSE(wire_shape(kShapeStAi, 0, Shape{2, 3}).has_value());
  CHECK_FALSE(wire_shape(kShapeBhwc, 0, Shape{1, 3}).has_value());
  CHECK_FALSE(wire_shape(kShapeUndefined, 0, Shape{-1}).has_value());
  CHECK_FALSE(wire_shape(kShapeUndefined, 0, Shape{int64_t{1} << 32}).has_value());
}

TEST_CASE("packed bits are stored in words of 32") {
  CHECK(storage_shape({1, 4, 33}, AIR_ENCODING_PACKED_BITS) == Shape{1, 4, 2});
  CHECK(storage_shape({1, 4, 32}, AIR_ENCODING_PACKED_BITS) == Shape{1, 4, 1});
  CHECK(storage_shape({1, 4, 33}, AIR_ENCODING_PLAIN) == Shape{1, 4, 33});
  CHECK(storage_shape({}, AIR_ENCODING_PACKED_BITS).empty());
}

TEST_CASE("counting elements does not overflow") {
  CHECK(element_count(Shape{2, 3, 4}) == 24);
  CHECK(element_count(Shape{}) == 1);
  CHECK(element_count(Shape{0xFFFFFFFF, 0xFFFFFFFF}) == 0xFFFFFFFE00000001);
  CHECK_FALSE(element_count(Shape{0xFFFFFFFF, 0xFFFFFFFF, 2}).has_value());
  CHECK_FALSE(element_count(Shape{-1, 2}).has_value());
}

TEST_CASE("sizes may differ from the shape by three elements") {
  CHECK(consistent(24, Shape{2, 3, 4}));
  CHECK(consistent(27, Shape{2, 3, 4}));
  CHECK(consistent(21, Shape{2, 3, 4}));
  CHECK_FALSE(consistent(28, Shape{2, 3, 4}));
  CHECK_FALSE(consistent(20, Shape{2, 3, 4}));
  CHECK_FALSE(consistent(0, Shape{0xFFFFFFFF, 0xFFFFFFFF, 2}));
}

}  // namespace air::wire
