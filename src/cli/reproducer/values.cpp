// SPDX-License-Identifier: BSD-3-Clause
// The values of one sample of one tensor of a result, and those of its partner in a comparison.
#include "cli/reproducer/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "cli/running/failure.h"
#include "common/memory_size.h"

namespace air::cli {
namespace {

std::span<const air_tensor *const> outputs_of(const air_node &node) {
  return {node.outputs, node.n_outputs};
}

// Dimensions of a sample that are not 1.
std::vector<int64_t> essential_shape(const air_tensor &tensor) {
  std::vector<int64_t> shape(tensor.shape, tensor.shape + tensor.rank);
  std::erase(shape, 1);
  return shape;
}

// How many channels are told apart when the one is brought to the order of the other; as the library takes them.
uint64_t n_channels(const air_tensor_pair &pair) {
  const std::vector<int64_t> to = essential_shape(*pair.reference), from = essential_shape(*pair.other);
  const bool first = pair.layout == AIR_LAYOUT_FROM_CHANNEL_FIRST;
  if (from.size() > 1) return static_cast<uint64_t>(first ? from.front() : from.back());
  return to.empty() ? 1 : static_cast<uint64_t>(first ? to.back() : to.front());
}

}  // namespace

Tensor tensor_of_node(const air_result *result, uint32_t node, const air_tensor *description) {
  const auto outputs = outputs_of(*air_get_result_model(result)->nodes[node]);
  // A comparison may describe it by a copy.
  const auto is_it = [&](const air_tensor *output) {
    return output == description || std::string_view(output->name) == description->name;
  };
  const auto found = std::ranges::find_if(outputs, is_it);
  if (found == outputs.end()) throw Failure(kFailed, fmt::format("tensor {} is none of its node", description->name));
  return {result, AIR_PLACE_NODE, node, static_cast<uint32_t>(found - outputs.begin()), *found};
}

std::optional<Tensor> find_tensor(const air_result *result, std::string_view name) {
  const air_model &model = *air_get_result_model(result);
  for (uint32_t node = 0; node < model.n_nodes; ++node) {
    for (uint32_t i = 0; i < model.nodes[node]->n_outputs; ++i) {
      const air_tensor *tensor = model.nodes[node]->outputs[i];
      if (name == tensor->name) return Tensor{result, AIR_PLACE_NODE, node, i, tensor};
    }
  }
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    if (name == model.inputs[i]->name) return Tensor{result, AIR_PLACE_INPUT, 0, i, model.inputs[i]};
  }
  return {};
}

Stored stored_values(const Tensor &tensor, uint64_t sample) {
  air_view view{};
  check(air_get_tensor(tensor.result, tensor.place, tensor.node, tensor.index, sample, &view), kFailed);
  if (view.data == nullptr || tensor.description->n_elements == 0) {
    throw Failure(kFailed, fmt::format("tensor {} has no values to write, or another number in each sample",
                                       tensor.description->name));
  }
  Stored stored(view.size_bytes);
  std::memcpy(stored.data(), view.data, stored.size());
  return stored;
}

std::vector<float> real_values(const air_tensor &description, const Stored &stored) {
  std::vector<float> values(memory_size(description.n_elements));
  check(air_dequantize(&description, 1, stored.data(), values.data()), kFailed);
  return values;
}

std::vector<float> real_values(const Tensor &tensor, uint64_t sample) {
  return real_values(*tensor.description, stored_values(tensor, sample));
}

std::optional<Partner> find_partner(const air_comparison &comparison, bool of_other, std::string_view name) {
  const auto called = [&](const air_tensor_pair *pair) {
    return name == (of_other ? pair->other : pair->reference)->name;
  };
  const air_result *result = of_other ? comparison.reference : comparison.other;
  for (const air_node_pair *node : std::span(comparison.nodes, comparison.n_nodes)) {
    const std::span tensors(node->tensors, node->n_tensors);
    const auto found = std::ranges::find_if(tensors, called);
    if (found == tensors.end()) continue;
    const uint32_t index = of_other ? node->reference_index : node->other_index;
    return Partner{tensor_of_node(result, index, of_other ? (*found)->reference : (*found)->other), *found, !of_other};
  }
  const std::span inputs(comparison.inputs, comparison.n_inputs);
  const auto found = std::ranges::find_if(inputs, called);
  if (found == inputs.end()) return {};
  const air_tensor *partner = of_other ? (*found)->reference : (*found)->other;
  const air_model &model = *air_get_result_model(result);
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    if (std::string_view(model.inputs[i]->name) == partner->name)
      return Partner{{result, AIR_PLACE_INPUT, 0, i, model.inputs[i]}, *found, !of_other};
  }
  return {};
}

std::vector<float> in_reference_order(const std::vector<float> &values, const air_tensor_pair &pair) {
  if (pair.layout == AIR_LAYOUT_SAME || values.empty()) return values;
  const uint64_t size = values.size(), channels = n_channels(pair);
  const uint64_t n_rows = pair.layout == AIR_LAYOUT_FROM_CHANNEL_FIRST ? channels : size / channels;
  std::vector<float> ordered(size);
  for (uint64_t i = 0; i < size; ++i) ordered[i] = values[i % n_rows * (size / n_rows) + i / n_rows];
  return ordered;
}

}  // namespace air::cli
