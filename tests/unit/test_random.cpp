// SPDX-License-Identifier: BSD-3-Clause
// Random inputs of every dtype against the values of numpy.random.RandomState(42), shape (2, 2, 3), that ST's tool draws.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "core/error.h"
#include "core/run/random.h"

namespace {

constexpr uint64_t kElements = 12;

constexpr air_random kWholeRange = {.seed = 42, .has_range = 0, .low = 0, .high = 0, .io_mode = 0, .reserved = 0};

air_random range(double low, double high) {
  air_random random = kWholeRange;
  random.has_range = 1;
  random.low = low;
  random.high = high;
  return random;
}

air_tensor tensor_of(air_dtype dtype) {
  air_tensor tensor{};
  tensor.name = "x";
  tensor.dtype = dtype;
  return tensor;
}

template <class T>
std::vector<T> draw(air_dtype dtype, const air_random &options = kWholeRange) {
  std::vector<T> values(kElements);
  air::RandomInputs(options).fill(tensor_of(dtype), kElements, values.data());
  return values;
}

template <class T>
void check_first(const std::vector<T> &got, std::initializer_list<T> expected) {
  size_t i = 0;
  for (const T value : expected) {
    CAPTURE(i);
    CHECK(got[i++] == value);
  }
}

void check_close(const std::vector<float> &got, std::initializer_list<double> expected) {
  size_t i = 0;
  for (const double value : expected) CHECK(std::fabs(static_cast<double>(got[i++]) - value) < 1e-8);
}

}  // namespace

TEST_CASE("float32") {
  const auto values = {-0.25091976, 0.90142864, 0.46398789, 0.19731697, -0.68796271, -0.68801093};
  check_close(draw<float>(AIR_DTYPE_FLOAT32), values);
  check_close(draw<float>(AIR_DTYPE_FLOAT32, range(-1, 1)), values);
  check_close(draw<float>(AIR_DTYPE_FLOAT32, range(0, 1)),
              {0.37454012, 0.95071429, 0.73199391, 0.59865850, 0.15601864, 0.15599452});
}

TEST_CASE("other floats are the same draws") {
  const auto single = draw<float>(AIR_DTYPE_FLOAT32);
  const auto twice = draw<double>(AIR_DTYPE_FLOAT64);
  for (size_t i = 0; i < kElements; ++i) CHECK(static_cast<float>(twice[i]) == single[i]);
  check_first<uint16_t>(draw<uint16_t>(AIR_DTYPE_FLOAT16), {0xB404, 0x3B36, 0x376C, 0x3250});
}

TEST_CASE("integers of the whole range") {
  check_first<int8_t>(draw<int8_t>(AIR_DTYPE_INT8), {-26, 51, -36, -114, -22, -57});
  check_first<int8_t>(draw<int8_t>(AIR_DTYPE_INT8, range(-300, 300)), {-26, 51, -36, -114, -22, -57});
  check_first<uint8_t>(draw<uint8_t>(AIR_DTYPE_UINT8), {102, 179, 92, 14, 106, 71});
  check_first<int16_t>(draw<int16_t>(AIR_DTYPE_INT16), {23654, -16973, -31908, 5390, 29802, 21575});
  check_first<uint16_t>(draw<uint16_t>(AIR_DTYPE_UINT16), {56422, 15795, 860, 38158, 62570, 54343});
  check_first<int32_t>(draw<int32_t>(AIR_DTYPE_INT32),
                       {-538846106, 1273642419, 1935803228, -1359637234, 996406378, 1201263687});
  check_first<uint32_t>(draw<uint32_t>(AIR_DTYPE_UINT32),
                        {1608637542, 3421126067, 4083286876, 787846414, 3143890026, 3348747335});
  check_first<int64_t>(draw<int64_t>(AIR_DTYPE_INT64),
                       {-2314326399425823309, 8314211556539077902, 4279532810384561223});
}

TEST_CASE("integers of a range") {
  check_first<int16_t>(draw<int16_t>(AIR_DTYPE_INT16, range(-300, 300)), {-198, 135, -30, -194, -229, -280});
  check_first<int8_t>(draw<int8_t>(AIR_DTYPE_INT8, range(-1, 1)), {1, -1, 1, 1, -1, -1});
  for (const int32_t value : draw<int32_t>(AIR_DTYPE_INT32, range(7, 7))) CHECK(value == 7);
  for (const uint8_t value : draw<uint8_t>(AIR_DTYPE_UINT8, range(-5, 3))) CHECK(value <= 3);
  for (const uint64_t value : draw<uint64_t>(AIR_DTYPE_UINT64, range(1e19, 1e30)))
    CHECK(value >= 10000000000000000000u);
  CHECK_THROWS_AS(draw<int8_t>(AIR_DTYPE_INT8, range(128, 300)), air::Error);
  CHECK_THROWS_AS(draw<uint8_t>(AIR_DTYPE_UINT8, range(-3, -1)), air::Error);
}

TEST_CASE("bool") {
  check_first<uint8_t>(draw<uint8_t>(AIR_DTYPE_BOOL), {0, 1, 0, 0, 0, 1});
}

TEST_CASE("no dtype") {
  CHECK_THROWS_AS(draw<uint8_t>(AIR_DTYPE_NONE), air::Error);
}

TEST_CASE("tensors are drawn one after the other from one generator") {
  const air_tensor tensor = tensor_of(AIR_DTYPE_INT8);
  std::array<int8_t, 12> halves{};
  air::RandomInputs random(kWholeRange);
  random.fill(tensor, 6, halves.data());
  random.fill(tensor, 6, halves.data() + 6);
  const auto whole = draw<int8_t>(AIR_DTYPE_INT8);
  CHECK(std::memcmp(halves.data(), whole.data(), halves.size()) == 0);
}
