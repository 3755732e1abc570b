// SPDX-License-Identifier: BSD-3-Clause
// Watches the nodes of a st-ai network through its own callback, with our clock; libai_observer is not needed.
#include "stlib/stai/stai_observer.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "platform/machine/peek.h"

namespace air::stlib {
namespace {

constexpr uint32_t kMaxScales = 1u << 16;
constexpr int32_t kMaxTensorIndex = 1 << 20;

template <class Array>
auto read_values(const Array &array, const std::string &what) {
  if (array.size > kMaxScales)
    fail(AIR_ERROR_INVALID_MODEL, "{}: {} values, expected at most {}", what, array.size, kMaxScales);
  return peek_array(array.data, array.size, what);
}

}  // namespace

TensorSpec describe_stai_tensor(const stai_tensor &tensor, std::string default_name, std::string tag) {
  const std::string what = fmt::format("tensor '{}' ({})", default_name, tag);
  TensorSpec spec;
  spec.name = peek_text(tensor.name, what + ", name");
  if (spec.name.empty()) spec.name = std::move(default_name);
  spec.tag = std::move(tag);
  spec.format = static_cast<uint32_t>(tensor.format);
  if (tensor.shape.size > kMaxRank)
    fail(AIR_ERROR_INVALID_MODEL, "{}: {} dimensions, expected at most {}", what, tensor.shape.size, kMaxRank);
  const std::vector<int32_t> shape = peek_array(tensor.shape.data, tensor.shape.size, what + ", shape");
  spec.scales = read_values(tensor.scale, what + ", scales");
  const std::vector<int16_t> zero_points = read_values(tensor.zeropoint, what + ", zero points");
  spec.zero_points.assign(zero_points.begin(), zero_points.end());
  if ((tensor.flags & STAI_FLAG_CHANNEL_FIRST) != 0) spec.flags |= AIR_TENSOR_CHANNEL_FIRST;
  if ((tensor.flags & STAI_FLAG_CHANNEL_LAST) != 0) spec.flags |= AIR_TENSOR_CHANNEL_LAST;
  spec.set_shape({shape.begin(), shape.end()}, (tensor.flags & STAI_FLAG_HAS_BATCH) != 0);
  return spec;
}

void StaiObserver::read_details(const std::string &c_name, const ModelFacts &facts) {
  runtime_ = facts.runtime();
  const auto *exported = static_cast<const stai_network_details *>(image_->symbol(fmt::format("g_{}_details", c_name)));
  if (exported == nullptr) return;
  try {
    const std::string what = fmt::format("g_{}_details", c_name);
    const stai_network_details raw = peek(exported, what);
    if (raw.n_nodes > kMaxNodes)
      fail(AIR_ERROR_INVALID_MODEL, "{}: {} nodes, expected at most {}", what, raw.n_nodes, kMaxNodes);
    if (raw.n_nodes != facts.n_nodes)
      tracker_.log().warn("{} describes {} nodes, but the model has {}", what, raw.n_nodes, facts.n_nodes);
    std::vector<Details> details;
    for (const stai_node_details &node : peek_array(raw.nodes, raw.n_nodes, what + ", nodes")) {
      const size_t index = details.size();
      details.push_back({node.id, static_cast<uint16_t>(node.type),
                         read_specs(raw.tensors, node.input_tensors, index, true),
                         read_specs(raw.tensors, node.output_tensors, index, false)});
    }
    details_ = std::move(details);
  } catch (const Error &error) {
    tracker_.log().warn("the description of the nodes is not used: {}", error.what());
  }
}

// What is wrong with one tensor spoils the inputs or outputs of its node only.
std::vector<TensorSpec> StaiObserver::read_specs(const stai_tensor *tensors, const stai_array_s32 &indices, size_t node,
                                                 bool inputs) const try {
  const std::string what = fmt::format("{} of node {}", inputs ? "inputs" : "outputs", node);
  if (indices.size > kMaxNodeTensors) {
    fail(AIR_ERROR_INVALID_MODEL, "{}: {} tensors, expected at most {}", what, indices.size, kMaxNodeTensors);
  }
  std::vector<TensorSpec> specs;
  for (const int32_t index : peek_array(indices.data, indices.size, what)) {
    if (index < 0 || index > kMaxTensorIndex) {
      fail(AIR_ERROR_INVALID_MODEL, "{}: index {}, expected 0 to {}", what, index, kMaxTensorIndex);
    }
    const size_t k = specs.size();
    specs.push_back(describe_stai_tensor(peek(tensors + index, what),
                                         fmt::format("stai_tens_{}_{}_{}", inputs ? 'i' : 'n', node, k),
                                         fmt::format("N.{}.{}{}", node, inputs ? "I" : "", k)));
  }
  return specs;
} catch (const Error &error) {
  tracker_.log().warn("left out: {}", error.what());
  return {};
}

void StaiObserver::begin_run(backend::Run &run) {
  next_ = 0;
  running_ = nullptr;
  tracker_.begin_run(run);
}

// The clock is read last at the start and first at the end of a node, so that the time of the callbacks is not counted.
void StaiObserver::on_event(void *cookie, stai_event_type event, const void *payload) noexcept {
  auto *self = static_cast<StaiObserver *>(cookie);
  const uint64_t now = event == STAI_EVENT_NODE_STOP ? backend::now_ns() : 0;
  if (payload == nullptr || !self->tracker_.active()) return;
  try {
    const auto &node = *static_cast<const stai_event_node_start_stop *>(payload);
    if (event == STAI_EVENT_NODE_START) self->node_starts(node);
    if (event == STAI_EVENT_NODE_STOP) self->node_stops(node, now);
  } catch (...) {
    self->tracker_.keep(std::current_exception());
  }
  if (event == STAI_EVENT_NODE_START) self->start_ns_ = backend::now_ns();
}

void StaiObserver::node_starts(const stai_event_node_start_stop &event) {
  const std::optional<uint32_t> position = position_of(event.node_id);
  if (!position) {
    return tracker_.give_up(
        fmt::format("the network starts node of id {} as number {}, which its description does not have there",
                    event.node_id, next_));
  }
  // Nodes that are passed over are told of too: those that are known have no gaps.
  for (; next_ <= *position; ++next_) {
    running_ = has_details() ? &tracker_.node(next_, details_[next_].id, details_[next_].type, runtime_)
                             : &tracker_.node(next_, event.node_id, 0, runtime_);
    describe(*running_);
    tracker_.tell(*running_);
  }
  if (!tracker_.wants_begin()) return;
  locate(event, running_->inputs);
  tracker_.emit_begin(*running_);
}

void StaiObserver::node_stops(const stai_event_node_start_stop &event, uint64_t now) {
  Node *node = std::exchange(running_, nullptr);
  if (node == nullptr || node->id != event.node_id) {
    return tracker_.give_up(fmt::format("the network stops a node of id {} that has not started", event.node_id));
  }
  if (tracker_.wants_outputs_of(*node)) locate(event, node->outputs);
  tracker_.emit_end(*node, now - start_ns_);
}

// Nodes come in the order of the description, but some may be missing.
std::optional<uint32_t> StaiObserver::position_of(int32_t id) const noexcept {
  if (!has_details()) return next_ < kMaxNodes ? std::optional(next_) : std::nullopt;
  const auto begin = details_.begin() + static_cast<ptrdiff_t>(std::min<size_t>(next_, details_.size()));
  const auto found = std::find_if(begin, details_.end(), [id](const Details &node) { return node.id == id; });
  if (found == details_.end()) return std::nullopt;
  return static_cast<uint32_t>(found - details_.begin());
}

void StaiObserver::describe(Node &node) {
  const bool known = has_details();
  for (const bool inputs : {true, false}) {
    if ((inputs ? node.inputs : node.outputs).described()) continue;
    std::vector<TensorSpec> specs;
    if (known) specs = inputs ? details_[node.index].inputs : details_[node.index].outputs;
    node.describe(std::move(specs), inputs, tracker_.log());
  }
}

void StaiObserver::locate(const stai_event_node_start_stop &event, NodeTensors &tensors) {
  if (event.buffers.data == nullptr || event.buffers.size != tensors.n_reported()) return tensors.set_no_data();
  for (uint32_t i = 0; i < event.buffers.size; ++i) tensors.set_data(i, event.buffers.data[i]);
}

}  // namespace air::stlib
