// SPDX-License-Identifier: BSD-3-Clause
// The nodes of one model as they are observed: their descriptions, built once, and the events of a run.
#pragma once

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "common/node_types.h"
#include "plugin/log.h"
#include "tensor.h"

namespace air::stlib {

// Most tensors of one node, and most nodes, that are believed.
inline constexpr uint32_t kMaxNodeTensors = 64;
inline constexpr uint32_t kMaxNodes = 1u << 16;

// The inputs or the outputs of one node.
class NodeTensors {
 public:
  bool described() const noexcept { return described_; }
  const TensorList &tensors() const noexcept { return tensors_; }
  const void *const *data() const noexcept { return data_.data(); }
  uint32_t n_reported() const noexcept { return static_cast<uint32_t>(positions_.size()); }

  // Describes the tensors, once. Those that cannot be described are left out with a warning; `specs` are in the order of the events.
  void describe(std::vector<TensorSpec> specs, const HostLog &log);

  void set_no_data() noexcept;
  // Notes where tensor `reported` is during this event. Memory that was never seen is checked before anybody reads it.
  void set_data(uint32_t reported, const void *address);

 private:
  static constexpr int32_t kLeftOut = -1;

  TensorList tensors_;
  std::vector<int32_t> positions_;  // by position in the event: index into tensors_
  std::vector<const void *> data_;
  std::vector<const void *> known_;
  bool described_ = false;
};

struct Node {
  Node(uint32_t index, int32_t id, uint32_t type, RuntimeVersion runtime);
  // Describes its inputs or its outputs, and completes `info`.
  void describe(std::vector<TensorSpec> specs, bool is_input, const HostLog &log);

  std::string name;
  std::string description;
  NodeTensors inputs;
  NodeTensors outputs;
  air_node_info info{};
};

class NodeTracker {
 public:
  explicit NodeTracker(const HostLog &log) : log_(&log) {}

  // A run begins: events go to its sink.
  void begin_run(const air_run &run);
  // Ends it; throws what a callback had to keep.
  void end_run();

  // The node executed as number `index`, made when it is first seen.
  Node &node(uint32_t index, int32_t id, uint32_t type, RuntimeVersion runtime);

  bool wants_begin() const noexcept { return run_->on_node_begin != nullptr && !stopped_; }
  bool wants_data() const noexcept { return (run_->mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0; }
  void emit_begin(const Node &node) noexcept;
  void emit_end(const Node &node, uint64_t duration_ns) noexcept;

  // Adds to the time of the run.
  void add_time(uint64_t ns) noexcept { device_ns_ += ns; }
  uint64_t device_ns() const noexcept { return device_ns_; }
  uint32_t n_ended() const noexcept { return n_ended_; }

  // What a function called by the network must not throw.
  void keep(std::exception_ptr error) noexcept { error_ = error_ ? error_ : std::move(error); }
  // Drops the rest of the events of this run, and says why, once per connection.
  void give_up(const std::string &why);
  bool active() const noexcept { return run_ != nullptr && !gave_up_ && !error_; }

  const HostLog &log() const noexcept { return *log_; }

 private:
  const HostLog *log_;
  std::vector<std::unique_ptr<Node>> nodes_;
  const air_run *run_ = nullptr;
  uint64_t device_ns_ = 0;
  uint32_t n_ended_ = 0;
  bool stopped_ = false;
  bool gave_up_ = false;
  bool warned_ = false;
  std::exception_ptr error_;
};

}  // namespace air::stlib
