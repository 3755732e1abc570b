// SPDX-License-Identifier: BSD-3-Clause
// Samples of open tensors: each with dimensions of its own, one after the other, written anew from any of them on.
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/values/result.h"

using air::Samples;

namespace {

const std::vector<int64_t> kOpen = {-1, 2};

air::Form open_form() {
  return {AIR_DTYPE_INT16, kOpen, 0};
}

// `rows` rows of this value.
void add(Samples &samples, uint64_t sample, int64_t rows, int16_t value) {
  const std::vector<int64_t> shape = {rows, 2};
  const std::vector<int16_t> values(static_cast<size_t>(rows) * 2, value);
  std::byte *memory = samples.add(sample, shape, values.size() * sizeof(int16_t));
  if (rows > 0) std::memcpy(memory, values.data(), values.size() * sizeof(int16_t));
}

void check(const air_view &view, int64_t rows, int16_t value) {
  REQUIRE(view.rank == 2);
  CHECK(view.shape[0] == rows);
  CHECK(view.shape[1] == 2);
  REQUIRE(view.size_bytes == static_cast<uint64_t>(rows) * 4);
  for (int64_t i = 0; i < rows * 2; ++i) CHECK(static_cast<const int16_t *>(view.data)[i] == value);
}

}  // namespace

TEST_CASE("what was added stays while the memory grows") {
  Samples samples;
  samples.prepare(open_form(), 100);
  for (int16_t i = 0; i < 100; ++i) add(samples, static_cast<uint64_t>(i), i % 7, i);
  samples.shorten(100);
  for (int16_t i = 0; i < 100; ++i) check(samples.one(static_cast<uint64_t>(i)), i % 7, i);
  CHECK_THROWS_AS((void)samples.all(), air::Error);
}

TEST_CASE("samples are written anew from any of them on") {
  Samples samples;
  samples.prepare(open_form(), 3);
  for (uint64_t i = 0; i < 3; ++i) add(samples, i, 5, 1);
  add(samples, 1, 2, 7);  // a second round, which comes no further
  samples.shorten(2);
  check(samples.one(0), 5, 1);
  check(samples.one(1), 2, 7);
}

TEST_CASE("samples of one shape are one array") {
  Samples samples;
  for (const uint64_t n : {3u, 1u, 0u}) {
    samples.prepare(open_form(), n);
    for (uint64_t i = 0; i < n; ++i) add(samples, i, 4, 9);
    samples.shorten(n);
    const air_view all = samples.all();
    CHECK(all.rank == 3);
    CHECK(all.shape[0] == static_cast<int64_t>(n));
    CHECK(all.shape[1] == (n == 0 ? 0 : 4));
    CHECK(all.size_bytes == n * 16);
  }
}

TEST_CASE("memory of the caller has an end") {
  std::vector<int16_t> memory(10);
  Samples samples;
  samples.lie_in(memory.data(), memory.size() * sizeof(int16_t), open_form(), 3);
  add(samples, 0, 3, 1);
  add(samples, 1, 2, 2);
  CHECK(memory[5] == 1);
  CHECK(memory[6] == 2);
  CHECK_THROWS_AS(add(samples, 2, 1, 3), air::Error);
  add(samples, 2, 0, 3);
}

TEST_CASE("dimensions of a sample fit the open shape") {
  air_tensor tensor{};
  tensor.name = "t";
  tensor.dtype = AIR_DTYPE_INT16;
  tensor.rank = 2;
  tensor.shape = tensor.storage_shape = kOpen.data();
  CHECK(air::is_open(tensor));
  CHECK(air::tensor_flaw(tensor) == nullptr);
  const std::vector<int64_t> good = {3, 2};
  const air_tensor closed = air::closed_tensor(tensor, good.data());
  CHECK_FALSE(air::is_open(closed));
  CHECK(closed.n_elements == 6);
  CHECK(closed.size_bytes == 12);
  CHECK(air::tensor_flaw(closed) == nullptr);
  for (const std::vector<int64_t> &wrong :
       {std::vector<int64_t>{3, 3}, {-1, 2}, {-5, 2}, {INT64_MAX, 2}, {INT64_MIN, 2}}) {
    CHECK_THROWS_AS((void)air::closed_tensor(tensor, wrong.data()), air::Error);
  }
  CHECK_THROWS_AS((void)air::closed_tensor(tensor, nullptr), air::Error);
}
