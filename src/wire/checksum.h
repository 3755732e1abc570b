// SPDX-License-Identifier: BSD-3-Clause
// Checksums of the memory services and self tests.
#pragma once

#include <cstdint>

#include "wire/link.h"

namespace air::wire {

// 16-bit rotating sum of the memory services; pass the result on to continue.
uint32_t rotating_checksum(Bytes bytes, uint32_t sum = 0);

// CRC-32 (IEEE) of the self tests; pass the result on to continue.
uint32_t crc32(Bytes bytes, uint32_t crc = 0);

}  // namespace air::wire
