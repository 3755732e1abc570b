// SPDX-License-Identifier: BSD-3-Clause
// What a result holds that can be saved and compared.
#include "compare/side.h"

#include <algorithm>
#include <span>

#include "common/error.h"
#include "common/memory_size.h"
#include "common/not_finite.h"
#include "report/boundary.h"
#include "text/descriptions.h"

namespace air {
namespace {

uint64_t n_samples_of(const air_result &result) {
  return air_get_profile(&result)->n_samples;
}

// Without data where the result does not hold it.
air_view view_of(const air_result &result, air_place place, uint32_t node, uint32_t index) {
  air_view view{};
  report::check(air_get_tensor(&result, place, node, index, AIR_ALL_SAMPLES, &view));
  return view;
}

// Of one place, which a mode or option may have left out.
std::vector<Values> tensors_of(const air_result &result, air_place place, std::span<const air_tensor *const> tensors,
                               const char *remedy) {
  const char *kind = place == AIR_PLACE_INPUT ? "input" : "output";
  const uint64_t n_samples = n_samples_of(result);
  if (n_samples == 0) fail(AIR_ERROR_INVALID_INPUT, "the result has no samples: not one was completed");
  if (n_samples > INT64_MAX)
    fail(AIR_ERROR_INVALID_INPUT, "no array has {} samples", n_samples);  // that take no memory
  std::vector<Values> all;
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    const air_tensor &tensor = *tensors[i];
    if (is_open(tensor)) {
      fail(AIR_ERROR_UNSUPPORTED, "{} {} has a dimension that each sample has of its own: expected all of one shape",
           kind, tensor.name);
    }
    const air_view view = view_of(result, place, 0, i);
    if (view.data == nullptr) {
      fail(AIR_ERROR_INVALID_INPUT, "the result does not hold {} {}: {}", kind, tensor.name, remedy);
    }
    if (view.dtype != tensor.dtype) {
      fail(AIR_ERROR_INVALID_INPUT,
           "the result holds {} {} as {}, expected it as the network stores it, {}: invoke without AIR_IO_DEQUANTIZE",
           kind, tensor.name, air_dtype_name(view.dtype), air_dtype_name(tensor.dtype));
    }
    all.push_back({tensor, view.data, n_samples});
  }
  return all;
}

}  // namespace

std::vector<Values> inputs_of(const air_result &result) {
  const air_model &model = *air_get_result_model(&result);
  return tensors_of(result, AIR_PLACE_INPUT, {model.inputs, model.n_inputs}, "invoke with AIR_MODE_KEEP_INPUTS");
}

std::vector<Values> outputs_of(const air_result &result) {
  const air_model &model = *air_get_result_model(&result);
  return tensors_of(result, AIR_PLACE_OUTPUT, {model.outputs, model.n_outputs},
                    "invoke without AIR_MODE_PERF_ONLY, and without memory of your own for the outputs");
}

std::optional<Values> node_output(const air_result &result, uint32_t node, uint32_t index) {
  const air_tensor &tensor = *air_get_result_model(&result)->nodes[node]->outputs[index];
  if (is_open(tensor)) return {};
  const air_view view = view_of(result, AIR_PLACE_NODE, node, index);
  if (view.data == nullptr) return {};
  return Values{tensor, view.data, n_samples_of(result)};
}

std::vector<NodeValues> nodes_of(const air_result &result) {
  const air_model &model = *air_get_result_model(&result);
  std::vector<NodeValues> nodes;
  for (uint32_t n = 0; n < model.n_nodes; ++n) {
    const air_node &node = *model.nodes[n];
    NodeValues values{n, node, {}};
    for (uint32_t t = 0; t < node.n_outputs && values.outputs.size() == t; ++t) {
      if (const std::optional<Values> output = node_output(result, n, t)) values.outputs.push_back(*output);
    }
    if (node.n_outputs > 0 && values.outputs.size() == node.n_outputs) nodes.push_back(std::move(values));
  }
  return nodes;
}

Side::Side(const air_result &result)
    : model(*air_get_result_model(&result)),
      n_samples(n_samples_of(result)),
      inputs(inputs_of(result)),
      outputs(outputs_of(result)),
      nodes(nodes_of(result)) {}

namespace {

void renew(std::vector<Values> &all, const std::vector<Values> &from) {
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].data = from[i].data;
    all[i].n_samples = from[i].n_samples;
  }
}

}  // namespace

void Side::read_only(const std::set<uint32_t> &read) {
  for (NodeValues &node : nodes) node.is_read = read.contains(node.index);
}

void Side::show(const air_result &result) {
  const Side next(result);
  if (next.inputs.size() != inputs.size() || next.outputs.size() != outputs.size())
    fail(AIR_ERROR_INVALID_INPUT, "the samples that follow are of another model");
  n_samples = next.n_samples;
  renew(inputs, next.inputs);
  renew(outputs, next.outputs);
  for (NodeValues &node : nodes) {
    if (!node.is_read) continue;
    const auto same = std::ranges::lower_bound(next.nodes, node.index, {}, &NodeValues::index);
    if (same == next.nodes.end() || same->index != node.index || same->outputs.size() != node.outputs.size()) {
      fail(AIR_ERROR_INVALID_INPUT, "the samples that follow have no data of node {}, whose values are compared",
           node.node.name);
    }
    renew(node.outputs, same->outputs);
  }
}

void find_spoilt(Side &a, Side &b, bool is_first_part) {
  std::vector<bool> spoilt(memory_size(a.n_samples));
  const auto is_spoilt = [](const Side &side, uint64_t sample) {
    return std::ranges::any_of(side.inputs, [&](const Values &input) {
      const Values one = samples_of(input, sample, 1);
      return count_not_finite(one.tensor.dtype, one.data, one.tensor.n_elements).any();
    });
  };
  const bool has_states = a.model.states_bytes > 0 || b.model.states_bytes > 0;
  bool is_carried = has_states && !is_first_part && a.spoilt.back();
  for (uint64_t i = 0; i < a.n_samples; ++i) {
    spoilt[i] = is_carried || is_spoilt(a, i) || is_spoilt(b, i);
    is_carried = has_states && spoilt[i];
  }
  a.spoilt = b.spoilt = std::move(spoilt);
}

Probe probe_of(const Side &side, uint64_t most) {
  const auto begin = std::ranges::find(side.spoilt, false);
  const auto end = std::find(begin, side.spoilt.end(), true);
  return {static_cast<uint64_t>(begin - side.spoilt.begin()), std::min(static_cast<uint64_t>(end - begin), most)};
}

}  // namespace air
