// SPDX-License-Identifier: BSD-3-Clause
// The way 32-bit firmware writes repeated numbers: sign-extended, ten bytes each.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "wire/link.h"

namespace air::server {

// The encoded respMsg (perhaps without the tensor data at its end) with every element of `dims`, `counters` and `extra` in ten bytes: the
// value in the lower 32 bits, the upper ones set.
std::vector<std::byte> with_long_varints(std::span<const std::byte> message, wire::Flavour flavour);

}  // namespace air::server
