// SPDX-License-Identifier: BSD-3-Clause
// Counters.
#include <doctest/doctest.h>

#include <string>

#include "wire/constants.h"
#include "wire/counters.h"

namespace air::wire {

TEST_CASE("64-bit counters are pairs of words, low word first; an odd last word is dropped") {
  const uint32_t words[] = {1, 2, 0xFFFFFFFF, 0, 7};
  std::vector<uint64_t> values = {99};
  decode_counters(kCounters64 << kCounterFormatShift, words, values);
  CHECK(values == std::vector<uint64_t>{0x200000001, 0xFFFFFFFF});
  decode_counters(kCounters64 << kCounterFormatShift, {}, values);
  CHECK(values.empty());
}

TEST_CASE("32-bit counters are words; other formats give nothing") {
  const uint32_t words[] = {1, 0x80000000};
  std::vector<uint64_t> values;
  decode_counters(kCounters32 << kCounterFormatShift, words, values);
  CHECK(values == std::vector<uint64_t>{1, 0x80000000});
  decode_counters(2u << kCounterFormatShift, words, values);
  CHECK(values.empty());
}

TEST_CASE("counters survive encoding") {
  const std::vector<uint64_t> wide = {0, 1, UINT64_MAX, 0x123456789ABCDEF0};
  std::vector<uint32_t> words;
  std::vector<uint64_t> values;
  encode_counters(kCounters64, wide, words);
  CHECK(words.size() == 8);
  decode_counters(kCounters64 << kCounterFormatShift, words, values);
  CHECK(values == wide);
  encode_counters(kCounters32, std::vector<uint64_t>{5, 7}, words);
  CHECK(words == std::vector<uint32_t>{5, 7});
}

TEST_CASE("counters have a type") {
  CHECK(std::string(counter_type_name(kRuntimeStAi, 0x10000)) == "CPU cycles");
  CHECK(std::string(counter_type_name(kRuntimeNeuralArt, 5)) == "NPU counters");
  CHECK(std::string(counter_type_name(kRuntimeStAi, 5)) == "counter");
}

}  // namespace air::wire
