// SPDX-License-Identifier: BSD-3-Clause
// What a result holds that can be saved and compared.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "compare/tensors.h"

namespace air {

// Of all inputs and outputs, as the network stores them. Throw AIR_ERROR_INVALID_INPUT, naming the mode that left something out.
std::vector<Values> inputs_of(const air_result &result);
std::vector<Values> outputs_of(const air_result &result);
// Nothing where the result does not hold it, or samples differ in shape.
std::optional<Values> node_output(const air_result &result, uint32_t node, uint32_t index);

// The outputs of a node, at least one.
struct NodeValues {
  uint32_t index;  // in the model
  const air_node &node;
  std::vector<Values> outputs;
  bool is_read = true;  // whoever gives the samples that follow may leave the others out
};
// The nodes with all of their outputs.
std::vector<NodeValues> nodes_of(const air_result &result);

// One of two results that are compared.
struct Side {
  explicit Side(const air_result &result);

  // Those alone are read from the next show() on.
  void read_only(const std::set<uint32_t> &nodes);
  // From now on other samples of the same model, with data of the nodes that are read: what refers to `Values` stays.
  void show(const air_result &result);

  const air_model &model;
  uint64_t n_samples;
  std::vector<Values> inputs, outputs;
  std::vector<NodeValues> nodes;
  std::vector<bool> spoilt;  // the samples whose inputs have NaN or infinity, on either side; set by find_spoilt()
};

// What is computed from NaN and infinity tells nothing of a node: runtimes treat them in ways of their own, which maxima and conversions to integers
// hide. States carry them on, from part to part too.
void find_spoilt(Side &a, Side &b, bool is_first_part);

// The first samples in a row that tell something, at most so many; none where all are spoilt.
struct Probe {
  uint64_t first, n_samples;
};
Probe probe_of(const Side &side, uint64_t most);

}  // namespace air
