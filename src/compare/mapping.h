// SPDX-License-Identifier: BSD-3-Clause
// Which node of one result is which node of the other.
#pragma once

#include <optional>
#include <vector>

#include "compare/side.h"

namespace air {

struct Match {
  std::optional<uint32_t> reference;  // index into Side::nodes; at least one side is there
  std::optional<uint32_t> other;
  uint32_t reasons = 0;  // AIR_MATCH_... bits
  double confidence = 0;
};

// Every node of both sides once, merged in the order of execution.
std::vector<Match> match_nodes(const Side &reference, const Side &other);

}  // namespace air
