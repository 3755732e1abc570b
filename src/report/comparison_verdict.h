// SPDX-License-Identifier: BSD-3-Clause
// What a comparison says, in words that both its reports use.
#pragma once

#include <string>
#include <vector>

#include "airunner_report.h"

namespace air::report {

// One sentence.
std::string verdict_text(const air_comparison &comparison);
std::string limit_text(const air_limit &limit);                      // "cos >= 0.99"
std::vector<std::string> match_names(uint32_t match);                // "name", "values"
std::vector<std::string> broken_names(const air_tensor_pair &pair);  // metrics beyond their limits
// "ai_node_3 (conv_3)": the node, and its tensor where that has a name of its own.
std::string node_text(const air_node &node);

}  // namespace air::report
