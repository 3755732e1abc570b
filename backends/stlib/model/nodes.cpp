// SPDX-License-Identifier: BSD-3-Clause
// The nodes of one model as they are observed: their descriptions, built once, and the events of a run.
#include "stlib/model/nodes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/error.h"
#include "common/memory_size.h"
#include "platform/machine/peek.h"

namespace air::stlib {

std::vector<Tensor> NodeTensors::describe(std::vector<TensorSpec> specs, const HostLog &log) {
  std::vector<Tensor> tensors;
  positions_.clear();  // an earlier try may have ended half way
  sizes_.clear();
  for (TensorSpec &spec : specs) {
    try {
      tensors.push_back(make_tensor(std::move(spec)));
      sizes_.push_back(memory_size(tensors.back().size_bytes));
      positions_.push_back(static_cast<int32_t>(tensors.size()) - 1);
    } catch (const Error &error) {
      positions_.push_back(kLeftOut);
      log.warn("left out: {}", error.what());
    }
  }
  data_.assign(tensors.size(), nullptr);
  known_.assign(tensors.size(), nullptr);
  writable_.assign(tensors.size(), nullptr);
  return tensors;
}

void NodeTensors::set_no_data() noexcept {
  std::fill(data_.begin(), data_.end(), nullptr);
}

void NodeTensors::set_data(uint32_t reported, const void *address) {
  const int32_t position = positions_[reported];
  if (position == kLeftOut) return;
  const auto at = static_cast<size_t>(position);
  if (address != known_[at]) {
    if (!readable(address, sizes_[at])) address = nullptr;
    known_[at] = address;
  }
  data_[at] = address;
}

void NodeTensors::replace(const void *const *values, uint32_t node) {
  size_t at = 0;
  for (const int32_t position : positions_) {
    if (position == kLeftOut) continue;
    void *const place = const_cast<void *>(data_[at]);
    if (place == nullptr || (place != writable_[at] && !writable(place, sizes_[at]))) {
      fail(AIR_ERROR_UNSUPPORTED,
           "node {} cannot be given values: the network does not tell memory of its output {} that can be written",
           node, at);
    }
    writable_[at] = place;
    std::memcpy(place, values[at], sizes_[at]);
    ++at;
  }
}

Node::Node(uint32_t node_index, int32_t node_id, uint32_t type, RuntimeVersion runtime)
    : index(node_index), id(node_id) {
  description.name = fmt::format("ai_node_{}", index);
  description.operation = describe_node_type(type, runtime);
  description.processor = "CPU";
  description.operation_code = type & kNodeTypeMask;
  description.layer_number = id < 0 ? 0 : static_cast<uint32_t>(id) + 1;
}

void Node::describe(std::vector<TensorSpec> specs, bool is_input, const HostLog &log) {
  NodeTensors &side = is_input ? inputs : outputs;
  const std::vector<Tensor> tensors = side.describe(std::move(specs), log);
  backend::Node complete = description;
  (is_input ? complete.inputs : complete.outputs).assign(tensors.begin(), tensors.end());
  add_formats(complete.properties, tensors);
  description = std::move(complete);
  side.set_described();
  told = false;
}

void NodeTracker::begin_run(backend::Run &run) {
  run_ = &run;
  device_ns_ = 0;
  n_ended_ = 0;
  n_replaced_ = 0;
  gave_up_ = false;
  error_ = nullptr;
}

void NodeTracker::end_run() {
  run_ = nullptr;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void NodeTracker::prepare(std::span<const uint32_t> nodes) {
  std::vector<size_t> given(nodes_.size(), kNotGiven);
  size_t place = 0;
  for (const uint32_t index : nodes) {
    const Node *node = index < nodes_.size() ? nodes_[index].get() : nullptr;
    if (node == nullptr || !node->outputs.described() || !node->outputs.is_complete()) {
      fail(AIR_ERROR_UNSUPPORTED, "node {} cannot be given values: the library does not describe all its outputs",
           index);
    }
    given[index] = place;
    place += node->outputs.data().size();
  }
  given_ = std::move(given);
  n_given_ = nodes.size();
}

void NodeTracker::check_given() const {
  if (n_replaced_ == n_given_) return;
  fail(AIR_ERROR_UNSUPPORTED, "{} of {} nodes could be given values: the network did not report the others in this run",
       n_replaced_, n_given_);
}

Node &NodeTracker::node(uint32_t index, int32_t id, uint32_t type, RuntimeVersion runtime) {
  if (index >= nodes_.size()) nodes_.resize(index + 1);
  std::unique_ptr<Node> &node = nodes_[index];
  if (node == nullptr) node = std::make_unique<Node>(index, id, type, runtime);
  return *node;
}

void NodeTracker::tell(Node &node) {
  if (node.told) return;
  run_->describe_node(node.index, node.description);
  node.told = true;
}

void NodeTracker::emit_begin(Node &node) {
  tell(node);
  run_->begin_node(node.index, node.inputs.data());
}

void NodeTracker::emit_end(Node &node, uint64_t duration_ns) {
  device_ns_ += duration_ns;
  ++n_ended_;
  if (run_->wants_end()) tell_end(node, duration_ns);
  if (!is_given(node)) return;
  node.outputs.replace(run_->c().given + given_[node.index], node.index);
  ++n_replaced_;
}

void NodeTracker::tell_end(Node &node, uint64_t duration_ns) {
  constexpr double kNsPerMs = 1e6;
  tell(node);
  const double ms = static_cast<double>(duration_ns) / kNsPerMs;
  air_backend_event event{};
  event.node = node.index;
  event.n_values = 1;
  event.values = &ms;
  event.data = run_->wants_data() ? node.outputs.data().data() : nullptr;
  run_->end_node(event);
}

void NodeTracker::give_up(const std::string &why) {
  gave_up_ = true;
  if (!std::exchange(warned_, true)) log_->warn("{}: the remaining nodes of the run are not reported", why);
}

}  // namespace air::stlib
