// SPDX-License-Identifier: BSD-3-Clause
// The hash by which ST's tools name a model: MD5 (RFC 1321) of its file. It tells files apart; it protects nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace air::runtime {

// "0x" and 32 hexadecimal digits.
std::string model_hash(std::span<const std::byte> bytes);

}  // namespace air::runtime
