// SPDX-License-Identifier: BSD-3-Clause
// Counters.
#include "wire/counters.h"

#include "wire/constants.h"

namespace air::wire {

void decode_counters(uint32_t counter_type, std::span<const uint32_t> words, std::vector<uint64_t> &out) {
  out.clear();
  const uint32_t format = counter_type >> kCounterFormatShift;
  if (format == kCounters32) out.assign(words.begin(), words.end());
  if (format != kCounters64) return;
  for (size_t i = 0; i + 1 < words.size(); i += 2) out.push_back(uint64_t{words[i + 1]} << 32 | words[i]);
}

void encode_counters(uint32_t format, std::span<const uint64_t> values, std::vector<uint32_t> &out) {
  out.clear();
  for (const uint64_t value : values) {
    out.push_back(static_cast<uint32_t>(value));
    if (format == kCounters64) out.push_back(static_cast<uint32_t>(value >> 32));
  }
}

const char *counter_type_name(uint32_t rtid, uint32_t counter_type) {
  if ((counter_type & kCounterTypeMask) == kCounterTypeCpu) return "CPU cycles";
  return (rtid & kRuntimeMask) == kRuntimeNeuralArt ? "NPU counters" : "counter";
}

}  // namespace air::wire
