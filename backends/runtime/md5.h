// SPDX-License-Identifier: BSD-3-Clause
// MD5 (RFC 1321), as ST's tools sign models. It tells files apart; it protects nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace air::runtime {

// 32 hexadecimal digits.
std::string md5(std::span<const std::byte> bytes);

}  // namespace air::runtime
