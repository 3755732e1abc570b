// SPDX-License-Identifier: BSD-3-Clause
// Checksums.
#include <doctest/doctest.h>

#include "bytes.h"
#include "wire/checksum.h"

namespace air::wire {

TEST_CASE("the rotating sum follows the protocol's rule") {
  CHECK(rotating_checksum({}) == 0);
  CHECK(rotating_checksum(hex("01")) == 1);
  // 1 rotated right is 0x8000, plus 2.
  CHECK(rotating_checksum(hex("01 02")) == 0x8002);
  CHECK(rotating_checksum(hex("01 02 03")) == 0x4004);
  CHECK(rotating_checksum(hex("01 02 03 FF")) == 0x2101);
  // 0x8080 rotated is 0x4040: no carry is lost, sums stay within 16 bits.
  uint32_t sum = 0xFFFF;
  CHECK(rotating_checksum(hex("01"), sum) == 0);
}

TEST_CASE("sums can be continued") {
  const Buffer bytes = pattern(3000);
  const Bytes first = Bytes(bytes).first(1024);
  const Bytes rest = Bytes(bytes).subspan(1024);
  CHECK(rotating_checksum(rest, rotating_checksum(first)) == rotating_checksum(bytes));
  CHECK(crc32(rest, crc32(first)) == crc32(bytes));
}

TEST_CASE("the CRC is that of IEEE 802.3") {
  CHECK(crc32(hex("31 32 33 34 35 36 37 38 39")) == 0xCBF43926);
  CHECK(crc32({}) == 0);
}

}  // namespace air::wire
