// SPDX-License-Identifier: BSD-3-Clause
// The reader of ELF files: exports and c-names of good libraries, and no harm from any damaged file.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "common/error.h"
#include "stlib/library/exports.h"
#include "support.h"

namespace air::stlib::test {
namespace {

std::vector<std::byte> load(const std::string &name) {
  std::ifstream file(fixture(name), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(!text.empty());
  const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
  return {bytes, bytes + text.size()};
}

// Status of reading the bytes; anything but a result or an Error fails the test.
air_status status_of(std::span<const std::byte> bytes) {
  try {
    find_c_names(read_exports(bytes, "mutant"));
    return AIR_OK;
  } catch (const Error &error) {
    return error.status();
  }
}

// All positions near both ends, where the headers are, and some between.
std::vector<size_t> positions(size_t size) {
  constexpr size_t kNear = 2048, kStride = 61;
  std::vector<size_t> chosen;
  for (size_t at = 0; at < size; at += at < kNear || at + kNear >= size ? 1 : kStride) chosen.push_back(at);
  return chosen;
}

TEST_CASE("elf: exports and c-names") {
  const std::vector<std::string> exports = read_exports(load("two-models-st-ai/libai_two.so"), "two");
  CHECK(std::count(exports.begin(), exports.end(), "stai_encoder_run") == 1);
  CHECK(std::count(exports.begin(), exports.end(), "malloc") == 0);
  CHECK(find_c_names(exports) == std::vector<std::string>{"decoder", "encoder"});
  CHECK(find_c_names(read_exports(load("tiny-kws-legacy/libai_kws.so"), "kws")) == std::vector<std::string>{"kws"});
}

TEST_CASE("elf: functions of the runtime are no model") {
  CHECK(find_c_names({"ai_platform_network_create", "ai_platform_network_run", "stai_runtime_init"}).empty());
  CHECK(find_c_names({"ai_a_create", "ai_a_run", "ai_a_data_params_get"}) == std::vector<std::string>{"a"});
  CHECK(find_c_names({"ai__create", "ai__run", "ai__data_params_get"}).empty());
}

TEST_CASE("elf: shorter files are refused as truncated") {
  const std::vector<std::byte> good = load("tiny-st-ai/libai_network.so");
  REQUIRE(status_of(good) == AIR_OK);
  for (const size_t size : positions(good.size())) {
    // A copy of exact size, so that a sanitizer sees any access beyond it.
    const std::vector<std::byte> part(good.begin(), good.begin() + static_cast<ptrdiff_t>(size));
    if (status_of(part) == AIR_ERROR_INVALID_MODEL) continue;
    FAIL_CHECK("accepted with ", size, " of ", good.size(), " bytes");
  }
}

TEST_CASE("elf: a changed byte gives a result or a clear error") {
  const std::vector<std::byte> good = load("tiny-st-ai/libai_network.so");
  std::vector<std::byte> mutant = good;
  size_t n_refused = 0;
  for (const size_t i : positions(good.size())) {
    for (const unsigned value : {0x00U, 0x7FU, 0xFFU}) {
      mutant[i] = std::byte(value);
      const air_status status = status_of(mutant);
      const bool expected = status == AIR_OK || status == AIR_ERROR_INVALID_MODEL;
      if (!expected) FAIL_CHECK("byte ", i, " = ", value, ": status ", int{status});
      n_refused += status != AIR_OK ? 1 : 0;
    }
    mutant[i] = good[i];
  }
  CHECK(n_refused > 100);
}

}  // namespace
}  // namespace air::stlib::test
