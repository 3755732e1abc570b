// SPDX-License-Identifier: BSD-3-Clause
// The columns that every model has.
#pragma once

#include <vector>

#include "core/values/model.h"

namespace air {

inline constexpr uint32_t kDeviceColumn = 0;
inline constexpr uint32_t kRunColumn = 1;

inline std::vector<KnownColumn> standard_columns() {
  return {{"time.device", "ms", "time on the device", AIR_KIND_DURATION, true},
          {"time.run", "ms", "time of the whole run", AIR_KIND_DURATION, false}};
}

}  // namespace air
