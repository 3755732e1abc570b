// SPDX-License-Identifier: BSD-3-Clause
// Products that overflow, shapes as text, and what a description of a tensor may not say.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "common/not_finite.h"
#include "core/error.h"
#include "core/values/tensor.h"

namespace {

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

struct Tensor {
  std::array<int64_t, 2> shape = {2, 40};
  std::array<int64_t, 2> storage_shape = {2, 40};
  std::array<float, 2> scales = {0.5f, 0.25f};
  std::array<int32_t, 2> zero_points = {0, 1};
  air_quantization quantization{};
  air_tensor tensor{};

  Tensor() {
    tensor.name = tensor.tag = "t";
    tensor.dtype = AIR_DTYPE_INT8;
    tensor.rank = 2;
    tensor.shape = shape.data();
    tensor.storage_shape = storage_shape.data();
    tensor.n_elements = tensor.size_bytes = 80;
    quantization = {
        .known = 1, .axis = -1, .block = 1, .n = 1, .scales = scales.data(), .zero_points = zero_points.data()};
  }
  void encode(air_encoding encoding) {
    tensor.encoding = encoding;
    tensor.quantization = &quantization;
  }
  bool is_good() const { return air::tensor_flaw(tensor) == nullptr; }
};

}  // namespace

TEST_CASE("products") {
  const std::array<int64_t, 3> ordinary = {2, 3, 4}, with_zero = {kHuge, 0, 4}, too_large = {kHuge, 3, 1},
                               negative = {2, -3, -4};
  CHECK(air::checked_product(ordinary) == 24);
  CHECK(air::checked_product({}) == 1);
  CHECK(air::checked_product(with_zero) == 0);
  CHECK_THROWS_AS(air::checked_product(too_large), air::Error);
  CHECK_THROWS_AS(air::checked_product(negative), air::Error);
  CHECK(air::checked_size(1u << 31, 4) == UINT64_C(8589934592));
  CHECK_THROWS_AS(air::checked_size(UINT64_C(1) << 60, 16), air::Error);
}

TEST_CASE("bytes") {
  CHECK(air::bytes_of(AIR_DTYPE_FLOAT64, 3) == 24);
  CHECK(air::bytes_of(AIR_DTYPE_INT4, 4) == 2);
  CHECK(air::bytes_of(AIR_DTYPE_INT4, 5) == 3);
  CHECK_FALSE(air::bytes_of(AIR_DTYPE_INT64, UINT64_C(1) << 60));
}

TEST_CASE("shapes as text") {
  const std::array<int64_t, 3> shape = {1, 28, 28};
  CHECK(air::shape_text(shape) == "(1, 28, 28)");
  CHECK(air::shape_text(std::span(shape).first(1)) == "(1,)");
  CHECK(air::shape_text({}) == "()");
}

TEST_CASE("good descriptions") {
  Tensor t;
  CHECK(t.is_good());
  SUBCASE("without names") {
    t.tensor.name = t.tensor.tag = nullptr;
  }
  SUBCASE("scalar") {
    t.tensor.rank = 0;
    t.tensor.shape = t.tensor.storage_shape = nullptr;
    t.tensor.n_elements = t.tensor.size_bytes = 1;
  }
  SUBCASE("two elements a byte") {
    t.tensor.dtype = AIR_DTYPE_UINT4;
    t.tensor.size_bytes = 40;
  }
  SUBCASE("a dimension of each sample's own") {
    t.shape[0] = t.storage_shape[0] = -1;
    t.tensor.n_elements = t.tensor.size_bytes = 0;
  }
  CHECK(t.is_good());
}

TEST_CASE("flaws of shapes and sizes") {
  Tensor t;
  SUBCASE("dtype") {
    t.tensor.dtype = AIR_DTYPE_NONE;
  }
  SUBCASE("rank") {
    t.tensor.rank = 1000;
  }
  SUBCASE("shape") {
    t.tensor.shape = nullptr;
  }
  SUBCASE("negative") {
    t.shape[1] = -2;
  }
  SUBCASE("overflow") {
    t.storage_shape = {kHuge, kHuge};
  }
  SUBCASE("elements") {
    t.tensor.n_elements = 81;
  }
  SUBCASE("bytes") {
    t.tensor.size_bytes = 81;
  }
  SUBCASE("a size of an open shape") {
    t.shape[0] = t.storage_shape[0] = -1;
  }
  CHECK_FALSE(t.is_good());
}

TEST_CASE("flaws of encodings") {
  Tensor t;
  t.encode(AIR_ENCODING_QUANTIZED);
  t.quantization.n = 2;
  t.quantization.axis = 0;
  REQUIRE(t.is_good());
  SUBCASE("no quantization") {
    t.tensor.quantization = nullptr;
  }
  SUBCASE("no scale") {
    t.quantization.n = 0;
  }
  SUBCASE("scales without values") {
    t.quantization.scales = nullptr;
  }
  SUBCASE("scales that nobody knows") {
    t.quantization.known = 0;
  }
  SUBCASE("axis without") {
    t.quantization.axis = -1;
  }
  SUBCASE("axis beyond") {
    t.quantization.axis = 2;
  }
  SUBCASE("axis of another length") {
    t.quantization.axis = 1;
  }
  SUBCASE("no block") {
    t.quantization.block = 0;
  }
  SUBCASE("blocks of another length") {
    t.quantization.block = 2;
  }
  SUBCASE("unknown encoding") {
    t.tensor.encoding = static_cast<air_encoding>(9);
  }
  CHECK_FALSE(t.is_good());
}

TEST_CASE("blocks of an axis, the last one shorter") {
  Tensor t;
  t.encode(AIR_ENCODING_QUANTIZED);
  t.quantization.n = 2;
  t.quantization.axis = 1;
  t.quantization.block = 21;
  CHECK(t.is_good());
}

TEST_CASE("a quantization that nobody knows") {
  Tensor t;
  t.encode(AIR_ENCODING_QUANTIZED);
  t.quantization = {.known = 0, .axis = -1, .block = 1, .n = 0, .scales = nullptr, .zero_points = nullptr};
  CHECK(t.is_good());
}

TEST_CASE("flaws of fixed point") {
  Tensor t;
  t.encode(AIR_ENCODING_FIXED_POINT);
  REQUIRE(t.is_good());
  SUBCASE("no scale") {
    t.tensor.quantization = nullptr;
  }
  SUBCASE("no power of two") {
    t.scales[0] = 0.3f;
  }
  SUBCASE("negative") {
    t.scales[0] = -0.5f;
  }
  SUBCASE("several scales") {
    t.quantization.n = 2;
    t.quantization.axis = 0;
  }
  CHECK_FALSE(t.is_good());
}

TEST_CASE("flaws of packed bits") {
  Tensor t;
  t.tensor.encoding = AIR_ENCODING_PACKED_BITS;
  t.tensor.dtype = AIR_DTYPE_UINT32;
  t.storage_shape = {2, 2};
  t.tensor.n_elements = 4;
  t.tensor.size_bytes = 16;
  REQUIRE(t.is_good());
  SUBCASE("dtype") {
    t.tensor.dtype = AIR_DTYPE_FLOAT32;
  }
  SUBCASE("rows") {
    t.shape[0] = 3;
  }
  SUBCASE("words") {
    t.shape[1] = 65;
  }
  CHECK_FALSE(t.is_good());
}

TEST_CASE("facts of tensors in other forms") {
  Tensor t;
  CHECK(air::with_samples(air::shape_of(t.tensor)) == std::vector<int64_t>{1, 2, 40});
  CHECK(air::with_samples({}, 7) == std::vector<int64_t>{7});
  CHECK(air::scales_of(t.tensor).empty());
  CHECK(air::fraction_bits(t.tensor) == 0);
  t.encode(AIR_ENCODING_FIXED_POINT);
  CHECK(air::scales_of(t.tensor).size() == 1);
  CHECK(air::fraction_bits(t.tensor) == 1);
  t.scales[0] = 8.0f;
  CHECK(air::fraction_bits(t.tensor) == -3);
}

TEST_CASE("values that are no numbers are counted in floats of every width") {
  const auto count = [](air_dtype dtype, const auto &elements) {
    const air::NotFinite found = air::count_not_finite(dtype, elements.data(), elements.size());
    return std::pair(found.n_nan, found.n_inf);
  };
  using Counts = std::pair<uint64_t, uint64_t>;
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  CHECK(count(AIR_DTYPE_FLOAT32, std::array{1.0f, nan, -infinity, infinity}) == Counts{1, 2});
  CHECK(count(AIR_DTYPE_FLOAT16, std::array<uint16_t, 4>{0x7BFF, 0x7C01, 0xFC00, 0x7C00}) == Counts{1, 2});
  CHECK(count(AIR_DTYPE_BFLOAT16, std::array<uint16_t, 4>{0x7F7F, 0x7FC0, 0xFF80, 0x7F80}) == Counts{1, 2});
  CHECK(count(AIR_DTYPE_FLOAT8_E5M2, std::array<uint8_t, 4>{0x7B, 0x7D, 0xFC, 0x7C}) == Counts{1, 2});
  CHECK(count(AIR_DTYPE_FLOAT8_E4M3, std::array<uint8_t, 4>{0x7E, 0x7F, 0xFF, 0x78}) == Counts{2, 0});
  CHECK(count(AIR_DTYPE_INT8, std::array<uint8_t, 1>{0x7F}) == Counts{0, 0});
  std::vector<float> many(1000, std::numeric_limits<float>::max());
  CHECK(count(AIR_DTYPE_FLOAT32, many) == Counts{0, 0});
  for (const size_t at : {0U, 63U, 64U, 500U, 999U}) many[at] = at % 2 == 0 ? -infinity : -nan;
  CHECK(count(AIR_DTYPE_FLOAT32, many) == Counts{2, 3});
}
