// SPDX-License-Identifier: BSD-3-Clause
// Which USB devices are ST-LINK probes, the debuggers on STM32 boards.
#pragma once

#include <cstdint>

namespace air {

constexpr uint32_t kStVendor = 0x0483;

// packaging/60-airunner.rules has the same numbers.
constexpr bool is_st_link(uint32_t vendor_id, uint32_t product_id) {
  return vendor_id == kStVendor &&
         (product_id == 0x3744 || product_id == 0x3748 || (product_id >= 0x374A && product_id <= 0x3757));
}

}  // namespace air
