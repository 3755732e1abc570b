// SPDX-License-Identifier: BSD-3-Clause
// MD5 by libmd.
#include "runtime/model_hash.h"

#include <md5.h>

#include <array>

namespace air::runtime {

std::string model_hash(std::span<const std::byte> bytes) {
  std::array<char, MD5_DIGEST_STRING_LENGTH> digits{};
  MD5Data(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size(), digits.data());
  return std::string("0x") + digits.data();
}

}  // namespace air::runtime
