// SPDX-License-Identifier: BSD-3-Clause
// Watches the nodes of a legacy network, through libai_observer or through the observer inside the model library.
#pragma once

#include <memory>
#include <vector>

#include "stlib/abi/legacy.h"
#include "stlib/model/model.h"
#include "stlib/model/nodes.h"

namespace air::stlib {

class LegacyObserver {
 public:
  LegacyObserver(const HostLog &log, RuntimeVersion runtime) : tracker_(log), runtime_(runtime) {}
  virtual ~LegacyObserver() = default;
  LegacyObserver(const LegacyObserver &) = delete;
  LegacyObserver &operator=(const LegacyObserver &) = delete;

  // Registers at a network that has been initialised; false when the network refuses.
  virtual bool attach(ai_handle network) noexcept = 0;
  virtual void detach(ai_handle network) noexcept = 0;

  // Around each observed run, on its thread. end_run() throws what went wrong in a callback.
  virtual void begin_run(backend::Run &run);
  virtual void end_run();

  NodeTracker &tracker() noexcept { return tracker_; }

 protected:
  // What both kinds of observer tell about a node. Lives as long as the callback.
  class Event {
   public:
    Event(uint32_t index, int32_t id, uint32_t type) : index(index), id(id), type(type) {}
    // Descriptions of the tensors; every pointer is checked.
    virtual std::vector<TensorSpec> read_specs(bool inputs) const = 0;
    // Where the data of tensors described before are now.
    virtual void locate(NodeTensors &tensors, bool inputs) const = 0;

    const uint32_t index;
    const int32_t id;
    const uint32_t type;

   protected:
    ~Event() = default;
  };

  // `idle_ns` is the time since the end of the previous callback.
  void node_begins(const Event &event, uint64_t idle_ns) noexcept;
  void node_ends(const Event &event, uint64_t duration_ns) noexcept;

  NodeTracker tracker_;

 private:
  bool is_in_order(uint32_t index);
  void describe(const Event &event, Node &node, bool inputs);

  RuntimeVersion runtime_;
  uint32_t next_ = 0;
};

// NULL when the library can be observed in neither way.
std::unique_ptr<LegacyObserver> make_legacy_observer(const ModelContext &context, RuntimeVersion runtime);

}  // namespace air::stlib
