// SPDX-License-Identifier: BSD-3-Clause
// The nodes of one model as they are observed: their descriptions, built once, and the events of a run.
#pragma once

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "common/node_types.h"
#include "plugin/log.h"
#include "stlib/model/tensor.h"

namespace air::stlib {

// Most tensors of one node, and most nodes, that are believed.
inline constexpr uint32_t kMaxNodeTensors = 64;
inline constexpr uint32_t kMaxNodes = 1u << 16;

// Where the inputs or the outputs of one node are.
class NodeTensors {
 public:
  bool described() const noexcept { return described_; }
  void set_described() noexcept { described_ = true; }
  std::span<const void *const> data() const noexcept { return data_; }
  uint32_t n_reported() const noexcept { return static_cast<uint32_t>(positions_.size()); }

  // Describes the tensors, once. Those that cannot be described are left out with a warning; `specs` are in the order of the events.
  std::vector<Tensor> describe(std::vector<TensorSpec> specs, const HostLog &log);

  void set_no_data() noexcept;
  // Notes where tensor `reported` is during this event. Memory that was never seen is checked before anybody reads it.
  void set_data(uint32_t reported, const void *address);
  // Whether there are tensors, and every one that events report could be described.
  bool is_complete() const noexcept { return !data_.empty() && data_.size() == positions_.size(); }
  // Writes values to where the tensors are: one pointer per described tensor. Throws AIR_ERROR_UNSUPPORTED, naming `node`, where no memory is known
  // that can be written.
  void replace(const void *const *values, uint32_t node);

 private:
  static constexpr int32_t kLeftOut = -1;

  std::vector<int32_t> positions_;  // by position in the event: index into those that follow
  std::vector<size_t> sizes_;
  std::vector<const void *> data_;
  std::vector<const void *> known_;
  std::vector<const void *> writable_;  // those of known_ that have been found to be
  bool described_ = false;
};

struct Node {
  Node(uint32_t index, int32_t id, uint32_t type, RuntimeVersion runtime);
  // Describes its inputs or its outputs.
  void describe(std::vector<TensorSpec> specs, bool is_input, const HostLog &log);

  const uint32_t index;
  const int32_t id;
  backend::Node description;
  bool told = false;  // all of the description
  NodeTensors inputs;
  NodeTensors outputs;
};

class NodeTracker {
 public:
  explicit NodeTracker(const HostLog &log) : log_(&log) {}

  // A run begins: events go to it.
  void begin_run(backend::Run &run);
  // Ends it; throws what a callback had to keep.
  void end_run();

  // From now on runs with given values have those of these nodes. Throws AIR_ERROR_UNSUPPORTED where one cannot be given any.
  void prepare(std::span<const uint32_t> nodes);
  // After a run with given values: throws AIR_ERROR_UNSUPPORTED unless they have all been put in their places.
  void check_given() const;

  // The node executed as number `index`, made when it is first seen.
  Node &node(uint32_t index, int32_t id, uint32_t type, RuntimeVersion runtime);

  bool wants_begin() const noexcept { return run_->wants_begin(); }
  // Whether somebody needs to know where the outputs of a node are.
  bool wants_outputs_of(const Node &node) const noexcept { return run_->wants_data() || is_given(node); }
  // Describes a node, before the first event that names it, and anew when more is known.
  void tell(Node &node);
  void emit_begin(Node &node);
  // Also puts given values in the place of what it has computed.
  void emit_end(Node &node, uint64_t duration_ns);

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
  static constexpr size_t kNotGiven = SIZE_MAX;

  bool is_given(const Node &node) const noexcept {
    return run_->has_given() && node.index < given_.size() && given_[node.index] != kNotGiven;
  }

  void tell_end(Node &node, uint64_t duration_ns);

  const HostLog *log_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<size_t> given_;  // where the values of each node begin among those that are given
  size_t n_given_ = 0;         // nodes
  size_t n_replaced_ = 0;      // of them, in this run
  backend::Run *run_ = nullptr;
  uint64_t device_ns_ = 0;
  uint32_t n_ended_ = 0;
  bool gave_up_ = false;
  bool warned_ = false;
  std::exception_ptr error_;
};

}  // namespace air::stlib
