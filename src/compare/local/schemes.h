// SPDX-License-Identifier: BSD-3-Clause
// The ways in which weights are rounded, and the one that a deployment tells.
#pragma once

#include <span>
#include <vector>

#include "compare/local/prepared_case.h"
#include "compare/local/weights.h"

namespace air::local {

// From the finest to the coarsest.
std::span<const Scheme> schemes();
inline constexpr size_t kNotRounded = 0;

// The index of the one that is told.
size_t told_scheme(const PreparedCase &subject, const std::vector<bool> &rounding);
// Behind the last one that may be meant where `told` is told: what tells of 8 bits may have others of them.
size_t end_of_others(size_t told);

// For each tensor, whether what was judged computes it with weights that are not those of the file, as far as it tells.
std::vector<bool> with_rounded_weights(const PreparedCase &subject);
// Whether a node of the judge has rounded weights by itself, as far as it tells.
bool judge_has_rounded_weights(const PreparedCase &subject);
// Whether a node is of a kind that has them.
bool has_weights(const air_node &node);
// Whether most tensors of both sides are quantized in the same way, so that most likely the weights are.
bool quantized_alike(const PreparedCase &subject);

}  // namespace air::local
