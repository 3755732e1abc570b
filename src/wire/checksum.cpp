// SPDX-License-Identifier: BSD-3-Clause
// Checksums.
#include "wire/checksum.h"

#include <zlib.h>

namespace air::wire {

uint32_t rotating_checksum(Bytes bytes, uint32_t sum) {
  for (const std::byte byte : bytes) {
    sum = (sum >> 1) + ((sum & 1) << 15);
    sum = (sum + std::to_integer<uint32_t>(byte)) & 0xFFFF;
  }
  return sum;
}

uint32_t crc32(Bytes bytes, uint32_t crc) {
  return static_cast<uint32_t>(crc32_z(crc, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size()));
}

}  // namespace air::wire
