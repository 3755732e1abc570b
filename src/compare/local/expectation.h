// SPDX-License-Identifier: BSD-3-Clause
// The noise that the types of two nodes explain. The constants are documented in docs/compare.md.
#pragma once

#include "compare/local/graph.h"
#include "compare/local/local_error.h"

namespace air::local {

// A tensor of a node that has a partner.
struct Place {
  const Graph &graph;
  uint32_t node;
  uint32_t output;

  const air_node &described() const { return graph.node(node); }
  const air_tensor &tensor() const { return *described().outputs[output]; }
};

// Nodes of a model that belong to a node of the other, by index.
using Paired = std::vector<bool>;

struct Pairing {
  Place actual;  // computed the values that are judged
  Place judge;
  const Paired &actual_paired, &judge_paired;
};

// Whether a value was brought back from steps that nobody tells, as of a scale that a node computes.
bool has_unknown_steps(const Place &place);

// `rounding_of_inputs`: rms of what the judge reads otherwise than it was computed, relative to it. `n_estimated`: sides whose weights are rounded in a way that
// nobody can compute.
Expected expected_of(const Pairing &pairing, double rounding_of_inputs, int n_estimated);

}  // namespace air::local
