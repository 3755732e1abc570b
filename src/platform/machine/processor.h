// SPDX-License-Identifier: BSD-3-Clause
// What the processor can do.
#pragma once

namespace air {

// Whether it adds products of bytes in 32 bits (VNNI; on Arm always). Without, x86 adds two in 16 bits and clips at 32,767, which is less than
// 255 * 127 * 2.
bool sums_bytes_exactly() noexcept;

}  // namespace air
