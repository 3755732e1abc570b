// SPDX-License-Identifier: BSD-3-Clause
// Counters of an operator message: 32-bit words to numbers and back.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace air::wire {

// Replaces `out`. An odd last word of the 64-bit format is dropped; an unknown format gives nothing.
void decode_counters(uint32_t counter_type, std::span<const uint32_t> words, std::vector<uint64_t> &out);

// Replaces `out` with the words of the values; `format` is a CounterFormat.
void encode_counters(uint32_t format, std::span<const uint64_t> values, std::vector<uint32_t> &out);

// "CPU cycles", "NPU counters", "counter": static.
const char *counter_type_name(uint32_t rtid, uint32_t counter_type);

}  // namespace air::wire
