// SPDX-License-Identifier: BSD-3-Clause
// The nodes of one model as they are observed: their descriptions, built once, and the events of a run.
#include "nodes.h"

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "peek.h"

namespace air::stlib {

void NodeTensors::describe(std::vector<TensorSpec> specs, const HostLog &log) {
  tensors_ = {};  // an earlier try may have ended half way
  positions_.clear();
  for (TensorSpec &spec : specs) {
    try {
      tensors_.add(std::move(spec));
      positions_.push_back(static_cast<int32_t>(tensors_.size()) - 1);
    } catch (const Error &error) {
      positions_.push_back(kLeftOut);
      log.warn("left out: {}", error.what());
    }
  }
  data_.assign(tensors_.size(), nullptr);
  known_.assign(tensors_.size(), nullptr);
  described_ = true;
}

void NodeTensors::set_no_data() noexcept {
  std::fill(data_.begin(), data_.end(), nullptr);
}

void NodeTensors::set_data(uint32_t reported, const void *address) {
  const int32_t position = positions_[reported];
  if (position == kLeftOut) return;
  const auto at = static_cast<size_t>(position);
  if (address != known_[at]) {
    if (!readable(address, tensors_[at].size_bytes)) address = nullptr;
    known_[at] = address;
  }
  data_[at] = address;
}

Node::Node(uint32_t index, int32_t id, uint32_t type, RuntimeVersion runtime)
    : name(fmt::format("ai_node_{}", index)), description(describe_node_type(type, runtime)) {
  info.struct_size = sizeof(info);
  info.index = index;
  info.name = name.c_str();
  info.description = description.c_str();
  info.id = id;
  info.type = type & kNodeTypeMask;
}

void Node::describe(std::vector<TensorSpec> specs, bool is_input, const HostLog &log) {
  NodeTensors &tensors = is_input ? inputs : outputs;
  tensors.describe(std::move(specs), log);
  (is_input ? info.n_inputs : info.n_outputs) = tensors.tensors().size();
  (is_input ? info.inputs : info.outputs) = tensors.tensors().infos();
}

void NodeTracker::begin_run(const air_run &run) {
  run_ = &run;
  device_ns_ = 0;
  n_ended_ = 0;
  stopped_ = gave_up_ = false;
  error_ = nullptr;
}

void NodeTracker::end_run() {
  run_ = nullptr;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

Node &NodeTracker::node(uint32_t index, int32_t id, uint32_t type, RuntimeVersion runtime) {
  if (index >= nodes_.size()) nodes_.resize(index + 1);
  std::unique_ptr<Node> &node = nodes_[index];
  if (node == nullptr) node = std::make_unique<Node>(index, id, type, runtime);
  return *node;
}

void NodeTracker::emit_begin(const Node &node) noexcept {
  air_run_node_event event{};
  event.struct_size = sizeof(event);
  event.sample = run_->sample;
  event.node = &node.info;
  event.data = node.inputs.data();
  stopped_ = run_->on_node_begin(run_->sink, &event) != AIR_CONTINUE;
}

void NodeTracker::emit_end(const Node &node, uint64_t duration_ns) noexcept {
  constexpr double kNsPerMs = 1e6;
  device_ns_ += duration_ns;
  ++n_ended_;
  if (stopped_ || run_->on_node_end == nullptr) return;
  air_run_node_event event{};
  event.struct_size = sizeof(event);
  event.sample = run_->sample;
  event.node = &node.info;
  event.data = node.outputs.data();
  event.duration_ms = static_cast<double>(duration_ns) / kNsPerMs;
  stopped_ = run_->on_node_end(run_->sink, &event) != AIR_CONTINUE;
}

void NodeTracker::give_up(const std::string &why) {
  gave_up_ = true;
  if (!std::exchange(warned_, true)) log_->warn("{}: the remaining nodes of the run are not reported", why);
}

}  // namespace air::stlib
