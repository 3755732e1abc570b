// SPDX-License-Identifier: BSD-3-Clause
// The nodes that a session was prepared for, and the values of their outputs that an invoke gives.
#include "core/run/given.h"

#include <algorithm>

#include "core/error.h"
#include "core/values/tensor.h"

namespace air {
namespace {

std::string name_of(const air_model &model, uint32_t node) {
  return fmt::format("node {} '{}'", node, model.nodes[node]->name);
}

std::string name_of(const air_model &model, uint32_t node, uint32_t output) {
  return fmt::format("output {} of {}", output, name_of(model, node));
}

std::string known_nodes(const air_model &model) {
  if (model.n_nodes >= model.n_nodes_told) return fmt::format("there are {}", model.n_nodes);
  return fmt::format("{} of {} are known, a run with AIR_MODE_PER_LAYER tells the others", model.n_nodes,
                     model.n_nodes_told);
}

// Each sample of an open one has dimensions of its own: nobody can say what belongs there.
void check_outputs(const air_model &model, uint32_t index) {
  const air_node &node = *model.nodes[index];
  if (node.n_outputs == 0) {
    fail(AIR_ERROR_UNSUPPORTED, "{} tells no outputs: it cannot be given values", name_of(model, index));
  }
  for (uint32_t output = 0; output < node.n_outputs; ++output) {
    if (!is_open(*node.outputs[output])) continue;
    fail(AIR_ERROR_UNSUPPORTED, "{} has the shape {}, which is open: it cannot be given values",
         name_of(model, index, output), shape_text(shape_of(*node.outputs[output])));
  }
}

}  // namespace

void Given::check_nodes(const air_model &model, std::span<const uint32_t> nodes) {
  std::vector<bool> is_named(model.n_nodes);
  for (const uint32_t node : nodes) {
    if (model.n_nodes == 0) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "no node {}: none is known before a run with AIR_MODE_PER_LAYER", node);
    }
    if (node >= model.n_nodes) fail(AIR_ERROR_INVALID_ARGUMENT, "no node {}: {}", node, known_nodes(model));
    if (is_named[node]) fail(AIR_ERROR_INVALID_ARGUMENT, "{} is there twice, expected once", name_of(model, node));
    is_named[node] = true;
    check_outputs(model, node);
  }
}

// A run may have described nodes anew since they were prepared.
void Given::view_outputs(const air_model &model) {
  slots_.clear();
  for (const uint32_t node : nodes_) {
    check_outputs(model, node);
    for (uint32_t output = 0; output < model.nodes[node]->n_outputs; ++output) {
      slots_.push_back({node, output, model.nodes[node]->outputs[output]->size_bytes, nullptr, false});
    }
  }
  pointers_.resize(slots_.size());
}

Given::Slot &Given::slot_of(const air_model &model, const air_given &value) {
  const auto is_it = [&](const Slot &slot) { return slot.node == value.node && slot.output == value.output; };
  const auto slot = std::ranges::find_if(slots_, is_it);
  if (slot != slots_.end()) return *slot;
  if (value.node >= model.n_nodes) {
    fail(AIR_ERROR_INVALID_INPUT, "values are given for node {}: {}", value.node, known_nodes(model));
  }
  if (std::ranges::find(nodes_, value.node) == nodes_.end()) {
    fail(AIR_ERROR_INVALID_INPUT, "values are given for {}, which the session was not prepared for: air_prepare()",
         name_of(model, value.node));
  }
  fail(AIR_ERROR_INVALID_INPUT, "values are given for {}, which has {} outputs",
       name_of(model, value.node, value.output), model.nodes[value.node]->n_outputs);
}

void Given::take(const air_model &model, std::span<const air_given> given, uint64_t n_samples) {
  if (nodes_.empty()) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "values of nodes are given, and the session is prepared for none: air_prepare()");
  }
  view_outputs(model);
  for (const air_given &value : given) {
    Slot &slot = slot_of(model, value);
    const uint64_t expected = checked_size(slot.sample_bytes, n_samples);
    const auto name = [&] { return name_of(model, value.node, value.output); };
    if (slot.is_given) fail(AIR_ERROR_INVALID_INPUT, "{} is given twice, expected once", name());
    if (value.data == nullptr && expected > 0)
      fail(AIR_ERROR_INVALID_ARGUMENT, "{}: data is NULL, expected values", name());
    if (value.size_bytes != expected) {
      fail(AIR_ERROR_INVALID_INPUT, "{}: {} bytes are given, expected {} ({} samples of {})", name(), value.size_bytes,
           expected, n_samples, slot.sample_bytes);
    }
    slot.data = static_cast<const std::byte *>(value.data);
    slot.is_given = true;
  }
  for (const Slot &slot : slots_) {
    if (slot.is_given) continue;
    fail(AIR_ERROR_INVALID_INPUT, "{} is not given: expected every output of the nodes of air_prepare()",
         name_of(model, slot.node, slot.output));
  }
}

const void *const *Given::at(uint64_t sample) noexcept {
  std::ranges::transform(slots_, pointers_.begin(),
                         [sample](const Slot &slot) { return slot.data + sample * slot.sample_bytes; });
  return pointers_.data();
}

}  // namespace air
