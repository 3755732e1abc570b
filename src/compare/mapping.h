// SPDX-License-Identifier: BSD-3-Clause
// Which node of one capture is which node of the other.
#pragma once

#include <optional>
#include <vector>

#include "tensors.h"

namespace air {

struct Match {
  std::optional<uint32_t> reference;  // index into the nodes of that capture; at least one side is there
  std::optional<uint32_t> other;
  uint32_t reasons = 0;  // air_match bits
  double confidence = 0;
};

// Every node of both sides once, merged in the order of execution.
std::vector<Match> match_nodes(const air_capture &reference, const air_capture &other);

}  // namespace air
