// SPDX-License-Identifier: BSD-3-Clause
// Names of the node types, whose numbering depends on the release of ST's runtime.
#pragma once

#include <cstdint>
#include <string>

#include "airunner.h"

namespace air {

struct RuntimeVersion {
  uint32_t major;
  uint32_t minor;
};

// Bit 15 is not part of the type.
inline constexpr uint32_t kNodeTypeMask = 0x7FFF;

// "Conv2D (0x103)", or "333 (0x14d)" for a type without a name.
std::string describe_node_type(uint32_t type, RuntimeVersion runtime);

}  // namespace air
