// SPDX-License-Identifier: BSD-3-Clause
// Half-precision floats: known values, rounding, and every half there and back.
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "aivalidation/model/float16.h"

namespace {

uint16_t narrow(float value) {
  std::array<std::byte, 4> bytes{};
  std::memcpy(bytes.data(), &value, sizeof(value));
  std::vector<std::byte> halves;
  air::aivalidation::narrow_floats(bytes, halves);
  uint16_t half = 0;
  std::memcpy(&half, halves.data(), sizeof(half));
  return half;
}

float widen(uint16_t half) {
  std::array<std::byte, 2> bytes{};
  std::memcpy(bytes.data(), &half, sizeof(half));
  std::array<std::byte, 4> floats{};
  air::aivalidation::widen_floats(bytes, floats.data());
  float value = 0;
  std::memcpy(&value, floats.data(), sizeof(value));
  return value;
}

}  // namespace

TEST_CASE("known values") {
  CHECK(narrow(1.0F) == 0x3C00);
  CHECK(narrow(-2.0F) == 0xC000);
  CHECK(narrow(65504.0F) == 0x7BFF);
  CHECK(narrow(65519.0F) == 0x7BFF);
  CHECK(narrow(65520.0F) == 0x7C00);
  CHECK(narrow(INFINITY) == 0x7C00);
  CHECK(narrow(0x1p-24F) == 0x0001);
  CHECK(narrow(0x1p-25F) == 0x0000);           // a tie goes to even
  CHECK(narrow(0x1.8p-24F) == 0x0002);         // a tie goes to even
  CHECK(narrow(1.0F + 0x1p-11F) == 0x3C00);    // a tie goes to even
  CHECK(narrow(1.0F + 0x1.8p-10F) == 0x3C02);  // a tie goes to even
  CHECK(std::isnan(widen(narrow(std::nanf("")))));
}

TEST_CASE("every half survives") {
  for (uint32_t half = 0; half <= UINT16_MAX; ++half) {
    const float value = widen(static_cast<uint16_t>(half));
    if (std::isnan(value)) continue;
    CHECK_MESSAGE(narrow(value) == half, half);
  }
}
