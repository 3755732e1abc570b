// SPDX-License-Identifier: BSD-3-Clause
// Where the nodes of a run have to have run: --require processor=NPU:95%, --forbid processor=CPU.
#pragma once

#include <optional>

#include "airunner.h"
#include "cli/options.h"
#include "cli/running/failure.h"
#include "cli/running/node_times.h"

namespace air::cli {

// Refuses what cannot be understood, before anything is run. Throws Failure (kUsage).
void check_placement_options(const PlacementOptions &options);

// What is wrong, with the nodes and their share of time: kPlacement, or kNoVerdict where the model does not tell. Nothing where all is as
// required.
std::optional<Failure> placement_failure(const PlacementOptions &options, const air_model &model,
                                         const NodeTimes &times);

}  // namespace air::cli
