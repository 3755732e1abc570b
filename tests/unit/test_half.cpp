// SPDX-License-Identifier: BSD-3-Clause
// Half-precision floats: known values, rounding, and every half there and back.
#include <doctest/doctest.h>

#include <cmath>

#include "common/half.h"

using air::Half;
using air::to_float;

namespace {

uint16_t narrow(float value) {
  return air::to_half(value).bits;
}

}  // namespace

TEST_CASE("known values") {
  CHECK(narrow(1.0F) == 0x3C00);
  CHECK(narrow(-2.0F) == 0xC000);
  CHECK(narrow(65504.0F) == 0x7BFF);
  CHECK(narrow(65519.0F) == 0x7BFF);
  CHECK(narrow(65520.0F) == 0x7C00);
  CHECK(narrow(INFINITY) == 0x7C00);
  CHECK(narrow(-0.0F) == 0x8000);
  CHECK(narrow(0x1.FFFFFEp-15F) == 0x0400);  // rounds up to the smallest that is normal
  CHECK(narrow(0x1p-24F) == 0x0001);
  CHECK(narrow(0x1p-25F) == 0x0000);           // a tie goes to even
  CHECK(narrow(0x1.8p-24F) == 0x0002);         // a tie goes to even
  CHECK(narrow(1.0F + 0x1p-11F) == 0x3C00);    // a tie goes to even
  CHECK(narrow(1.0F + 0x1.8p-10F) == 0x3C02);  // a tie goes to even
  CHECK(narrow(std::nanf("")) == 0x7E00);
  CHECK(to_float(Half{0x3C00}) == 1.0F);
  CHECK(to_float(Half{0x8001}) == -0x1p-24F);
  CHECK(to_float(Half{0x03FF}) == 0x1.FF8p-15F);
  CHECK(to_float(Half{0xFC00}) == -INFINITY);
}

TEST_CASE("every half survives") {
  for (uint32_t half = 0; half <= UINT16_MAX; ++half) {
    const float value = to_float(Half{static_cast<uint16_t>(half)});
    const bool is_nan = (half & 0x7FFF) > 0x7C00;
    REQUIRE_MESSAGE(std::isnan(value) == is_nan, half);
    if (!is_nan) CHECK_MESSAGE(narrow(value) == half, half);
  }
}
