// SPDX-License-Identifier: BSD-3-Clause
// Watches the nodes of a st-ai network through its own callback, with our clock; libai_observer is not needed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stlib/abi/stai.h"
#include "stlib/model/model.h"
#include "stlib/model/nodes.h"

namespace air::stlib {

// Description of an input, output or node tensor. `default_name` is for tensors without a name.
TensorSpec describe_stai_tensor(const stai_tensor &tensor, std::string default_name, std::string tag);

class StaiObserver {
 public:
  explicit StaiObserver(const ModelContext &context) : image_(&context.image), tracker_(context.log) {}
  StaiObserver(const StaiObserver &) = delete;
  StaiObserver &operator=(const StaiObserver &) = delete;

  // Reads g_<c_name>_details; without it, or when it is damaged, nodes have a time and an id only.
  void read_details(const std::string &c_name, const ModelFacts &facts);
  bool has_details() const noexcept { return !details_.empty(); }

  void begin_run(backend::Run &run);
  void end_run() { tracker_.end_run(); }
  NodeTracker &tracker() noexcept { return tracker_; }

  // The function to register, with this object as its cookie.
  static void on_event(void *cookie, stai_event_type event, const void *payload) noexcept;

 private:
  struct Details {
    int32_t id;
    uint32_t type;
    std::vector<TensorSpec> inputs;
    std::vector<TensorSpec> outputs;
  };

  std::vector<TensorSpec> read_specs(const stai_tensor *tensors, const stai_array_s32 &indices, size_t node,
                                     bool inputs) const;
  void node_starts(const stai_event_node_start_stop &event);
  void node_stops(const stai_event_node_start_stop &event, uint64_t now);
  std::optional<uint32_t> position_of(int32_t id) const noexcept;
  void describe(Node &node);
  static void locate(const stai_event_node_start_stop &event, NodeTensors &tensors);

  const Image *image_;
  NodeTracker tracker_;
  RuntimeVersion runtime_{};
  std::vector<Details> details_;
  uint32_t next_ = 0;        // position of the node that is expected to start
  Node *running_ = nullptr;  // the node that has started and not stopped
  uint64_t start_ns_ = 0;
};

}  // namespace air::stlib
