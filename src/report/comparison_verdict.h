// SPDX-License-Identifier: BSD-3-Clause
// What a comparison says, in words that both its reports use.
#pragma once

#include <string>
#include <vector>

#include "airunner_report.h"

namespace air::report {

// Elements that differ, and nobody knows by how much: the quantization of one side or both is not known.
uint64_t n_unmeasured(const air_tensor_pair &pair);
// That, and the types are not the same.
bool is_incomparable(const air_tensor_pair &pair);
// The same of nodes that belong together: none of their outputs can be compared.
bool is_incomparable(const air_node_pair &pair);
// Of an output: most of its parts along a dimension are lost, so that the rest hides them in its metrics.
bool is_mostly_lost(const air_tensor_pair &output);
// Of an output: whether it keeps the limits.
bool is_within(const air_tensor_pair &output);

// Of an input: values that are NaN or infinite, on the side that has more of them.
uint64_t n_not_finite(const air_tensor_pair &input);
// Of an input: whether conversion left nothing to compute with.
bool is_destroyed(const air_tensor_pair &input);
// "output y lost 80 of 84 parts ..."
std::string lost_text(const air_tensor_pair &output);

// One sentence.
std::string verdict_text(const air_comparison &comparison);
std::string limit_text(const air_limit &limit);                      // "cos >= 0.99"
std::vector<std::string> match_names(uint32_t match);                // "name", "values"
std::vector<std::string> broken_names(const air_tensor_pair &pair);  // metrics beyond their limits
// "ai_node_3 (conv_3)": the node, and its tensor where that has a name of its own.
std::string node_text(const air_node &node);

}  // namespace air::report
