// SPDX-License-Identifier: BSD-3-Clause
// Which tensors of two nodes belong together, and how the one is brought to the order of the other.
#pragma once

#include <vector>

#include "compare/mapping.h"

namespace air {

// Output `output` of both nodes of a match.
struct PairedTensor {
  size_t match;
  uint32_t output;
  Reordering way;  // from the other to the reference
};

// Where shapes do not tell, what is known does, else values; those that cannot, as of a node that is wrong, follow the others.
std::vector<PairedTensor> pair_tensors(const std::vector<Match> &matches, const Side &reference, const Side &other,
                                       std::optional<air_layout> known);

}  // namespace air
