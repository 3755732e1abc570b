// SPDX-License-Identifier: BSD-3-Clause
// Products that overflow, shapes as text, and what a description of a tensor may not say.
#include <doctest/doctest.h>

#include <array>
#include <limits>

#include "error.h"
#include "tensor.h"

namespace {

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();

struct Tensor {
  std::array<int64_t, 3> shape = {1, 2, 40};
  std::array<int64_t, 3> storage_shape = {1, 2, 40};
  std::array<float, 2> scales = {0.5f, 0.25f};
  std::array<int32_t, 2> zero_points = {0, 1};
  air_tensor_info info{};

  Tensor() {
    info.struct_size = sizeof(info);
    info.name = info.tag = "t";
    info.dtype = AIR_DTYPE_INT8;
    info.rank = 3;
    info.shape = shape.data();
    info.storage_shape = storage_shape.data();
    info.n_elements = info.size_bytes = 80;
    info.scales = scales.data();
    info.zero_points = zero_points.data();
    info.quantized_axis = -1;
  }
  bool is_good() const { return air::tensor_flaw(&info) == nullptr; }
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

TEST_CASE("shapes as text") {
  const std::array<int64_t, 3> shape = {1, 28, 28};
  CHECK(air::shape_text(shape) == "(1, 28, 28)");
  CHECK(air::shape_text(std::span(shape).first(1)) == "(1,)");
  CHECK(air::shape_text({}) == "()");
}

TEST_CASE("a good description") {
  CHECK(Tensor().is_good());
}

TEST_CASE("flaws of shapes and sizes") {
  CHECK(air::tensor_flaw(nullptr) != nullptr);
  Tensor t;
  SUBCASE("struct_size") {
    t.info.struct_size = 8;
  }
  SUBCASE("name") {
    t.info.name = nullptr;
  }
  SUBCASE("dtype") {
    t.info.dtype = AIR_DTYPE_NONE;
  }
  SUBCASE("rank") {
    t.info.rank = 1000;
  }
  SUBCASE("shape") {
    t.info.shape = nullptr;
  }
  SUBCASE("negative") {
    t.shape[1] = -2;
  }
  SUBCASE("overflow") {
    t.storage_shape = {kHuge, kHuge, 2};
  }
  SUBCASE("elements") {
    t.info.n_elements = 81;
  }
  SUBCASE("bytes") {
    t.info.size_bytes = 81;
  }
  CHECK_FALSE(t.is_good());
}

TEST_CASE("flaws of encodings") {
  Tensor t;
  t.info.encoding = AIR_ENCODING_QUANTIZED;
  t.info.n_scales = 2;
  t.info.quantized_axis = 1;
  REQUIRE(t.is_good());
  SUBCASE("no scale") {
    t.info.n_scales = 0;
  }
  SUBCASE("scales without values") {
    t.info.scales = nullptr;
  }
  SUBCASE("axis without") {
    t.info.quantized_axis = -1;
  }
  SUBCASE("axis beyond") {
    t.info.quantized_axis = 3;
  }
  SUBCASE("axis of another length") {
    t.info.quantized_axis = 2;
  }
  CHECK_FALSE(t.is_good());
}

TEST_CASE("flaws of packed bits") {
  Tensor t;
  t.info.encoding = AIR_ENCODING_PACKED_BITS;
  t.info.dtype = AIR_DTYPE_UINT32;
  t.storage_shape = {1, 2, 2};
  t.info.n_elements = 4;
  t.info.size_bytes = 16;
  REQUIRE(t.is_good());
  SUBCASE("dtype") {
    t.info.dtype = AIR_DTYPE_FLOAT32;
  }
  SUBCASE("rows") {
    t.shape[1] = 3;
  }
  SUBCASE("words") {
    t.shape[2] = 65;
  }
  CHECK_FALSE(t.is_good());
}
