// SPDX-License-Identifier: BSD-3-Clause
// Half-precision floats: some firmware announces float16 tensors as float32 and sends half of the bytes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace air::aivalidation {

// Replaces `halves` with the float16 values of float32 `floats` (both little endian). Rounds to nearest, ties to even.
void narrow_floats(std::span<const std::byte> floats, std::vector<std::byte> &halves);

// `floats` takes two bytes for each one of `halves`.
void widen_floats(std::span<const std::byte> halves, std::byte *floats);

}  // namespace air::aivalidation
