// SPDX-License-Identifier: BSD-3-Clause
// Weights given by the user for libraries that were built without them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "airunner.h"
#include "stlib/model/guarded_memory.h"

namespace air::stlib {

using Weights = std::vector<GuardedMemory>;

Weights read_weights_files(const std::vector<std::string> &paths);
Weights copy_weights(std::span<const air_weights> buffers);

// For each segment of a model (of segment_sizes[i] bytes) the block of `weights` that fills it; NULL for segments of size 0 that have no
// block of their own. Throws AIR_ERROR_WEIGHTS when counts or sizes differ.
std::vector<const GuardedMemory *> match_weights(const Weights &weights, std::span<const uint64_t> segment_sizes);

// AIR_ERROR_WEIGHTS that tells the bytes expected of each segment.
[[noreturn]] void fail_missing_weights(const std::string &model, std::span<const uint64_t> segment_sizes);

}  // namespace air::stlib
