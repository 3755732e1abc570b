// SPDX-License-Identifier: BSD-3-Clause
// Which nodes of a model read what others compute: the edges of its graph.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "airunner.h"

namespace air::report {

// The nodes whose outputs a node reads, each once and rising; nothing where it is not told where each of its inputs comes from.
using Reads = std::optional<std::vector<uint32_t>>;

std::vector<Reads> reads_of_nodes(const air_model &model);  // one for each node

}  // namespace air::report
