// SPDX-License-Identifier: BSD-3-Clause
// The format word.
#include <doctest/doctest.h>

#include "common/dtype.h"
#include "wire/format.h"

namespace air::wire {
namespace {

struct Row {
  uint32_t word;
  ElementType type;
};

constexpr air_encoding kPlain = AIR_ENCODING_PLAIN;
constexpr air_encoding kFixed = AIR_ENCODING_FIXED_POINT;
constexpr air_encoding kBits = AIR_ENCODING_PACKED_BITS;

const Row kRows[] = {{0x00821040, {AIR_DTYPE_FLOAT32, kPlain, 0}}, {0x00820840, {AIR_DTYPE_FLOAT16, kPlain, 0}},
                     {0x000400C0, {AIR_DTYPE_UINT32, kBits, 0}},   {0x008400C0, {AIR_DTYPE_INT32, kBits, 0}},
                     {0x00040440, {AIR_DTYPE_UINT8, kPlain, 0}},   {0x00840440, {AIR_DTYPE_INT8, kPlain, 0}},
                     {0x00040840, {AIR_DTYPE_UINT16, kPlain, 0}},  {0x00840840, {AIR_DTYPE_INT16, kPlain, 0}},
                     {0x00041040, {AIR_DTYPE_UINT32, kPlain, 0}},  {0x00841040, {AIR_DTYPE_INT32, kPlain, 0}},
                     {0x00042040, {AIR_DTYPE_UINT64, kPlain, 0}},  {0x00842040, {AIR_DTYPE_INT64, kPlain, 0}},
                     {0x00840447, {AIR_DTYPE_INT8, kFixed, 7}},    {0x0084084F, {AIR_DTYPE_INT16, kFixed, 15}},
                     {0x00840444, {AIR_DTYPE_INT8, kFixed, 4}},    {0x00040447, {AIR_DTYPE_UINT8, kFixed, 7}},
                     {0x00040448, {AIR_DTYPE_UINT8, kFixed, 8}},   {0x0004084F, {AIR_DTYPE_UINT16, kFixed, 15}},
                     {0x0084103F, {AIR_DTYPE_INT32, kFixed, -1}},  {0x00060440, {AIR_DTYPE_BOOL, kPlain, 0}}};

}  // namespace

TEST_CASE("words of the protocol's table decode and encode") {
  for (const Row &row : kRows) {
    CAPTURE(row.word);
    const auto type = decode_format(row.word);
    REQUIRE(type.has_value());
    CHECK(*type == row.type);
    CHECK(encode_format(row.type) == row.word);
  }
}

TEST_CASE("flags beside the type, the old float and the fixed-point type do not matter") {
  CHECK(decode_format(0x01821040)->dtype == AIR_DTYPE_FLOAT32);
  for (const uint32_t flag : {1u << 30, 1u << 29, 1u << 27})
    CHECK(decode_format(0x00840440 | flag)->dtype == AIR_DTYPE_INT8);
  CHECK(*decode_format(0x009E0447) == ElementType{AIR_DTYPE_INT8, AIR_ENCODING_FIXED_POINT, 7});
}

TEST_CASE("words that no tensor with data can have are refused") {
  for (const uint32_t word : {0x00000040u,     // none
                              0x00840040u,     // Q of any size
                              0x00040040u,     // UQ of any size
                              0x00840240u,     // 4 bits
                              0x00822040u,     // float64
                              0x00021040u,     // unsigned float
                              0x00821041u,     // float with a fraction bit
                              0x00860440u,     // signed bool
                              0x00060840u,     // bool of 16 bits
                              0x008400C1u,     // one bit with a fraction bit
                              0x00880440u}) {  // unknown type
    CAPTURE(word);
    CHECK_FALSE(decode_format(word).has_value());
  }
}

TEST_CASE("a float32 with 2 bytes for each element is a float16") {
  const ElementType f32{AIR_DTYPE_FLOAT32, AIR_ENCODING_PLAIN, 0};
  CHECK(actual_type(f32, 10, 20).dtype == AIR_DTYPE_FLOAT16);
  CHECK(actual_type(f32, 10, 40).dtype == AIR_DTYPE_FLOAT32);
  CHECK(actual_type(f32, 10, 21).dtype == AIR_DTYPE_FLOAT32);
  CHECK(actual_type(f32, 0, 0).dtype == AIR_DTYPE_FLOAT32);
  CHECK(actual_type({AIR_DTYPE_INT32, AIR_ENCODING_PLAIN, 0}, 10, 20).dtype == AIR_DTYPE_INT32);
  // No overflow on the way.
  CHECK(actual_type(f32, UINT64_MAX, UINT64_MAX - 1).dtype == AIR_DTYPE_FLOAT32);
}

TEST_CASE("zero points wrap to the storage type") {
  CHECK(wrap_zero_point(200, AIR_DTYPE_INT8) == -56);
  CHECK(wrap_zero_point(-1, AIR_DTYPE_UINT8) == 255);
  CHECK(wrap_zero_point(40000, AIR_DTYPE_INT16) == -25536);
  CHECK(wrap_zero_point(-1, AIR_DTYPE_UINT16) == 65535);
  CHECK(wrap_zero_point(-7, AIR_DTYPE_INT32) == -7);
}

}  // namespace air::wire
