// SPDX-License-Identifier: BSD-3-Clause
// What the runtime word, versions and capabilities of a target mean.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace air::wire {

using Version = std::array<uint32_t, 3>;

// "ST.AI (legacy api)", "ST Neural ART (LL_ATON api)", "TFLM (tflm api)", "undefined ( api)", ...
std::string runtime_name(uint32_t rtid);
// "GCC", "IAR", "AC5", "AC6", "HTC", "GHS" or "<undef>".
const char *toolchain_name(uint32_t rtid);
// Library description of a model: version, build and compiler, put together as the runtime asks.
std::string runtime_description(uint32_t rtid, uint32_t runtime_version, std::string_view runtime_desc);
// 3-tuple of major << 24 | minor << 16 | patch << 8.
Version decode_version(uint32_t word);
uint32_t encode_version(const Version &version);

// Bits of air_capability for the capabilities of a 3.x target, and back.
uint32_t capabilities(uint32_t sync_capability);
uint32_t sync_capability(uint32_t air_capabilities);

}  // namespace air::wire
