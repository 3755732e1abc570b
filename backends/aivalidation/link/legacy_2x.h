// SPDX-License-Identifier: BSD-3-Clause
// Protocol 2.x (X-CUBE-AI 4 to 7): its descriptions in the form of 3.x, and its runs.
#pragma once

#include "aivalidation/model/run.h"
#include "wire/messages.h"

namespace air::aivalidation {

// `sync` tells runtime and toolchain from 2.2 on.
wire::ModelInfo model_info_2x(const wire::NetworkInfo &info, const wire::Sync &sync);

// Capabilities of 3.x that mean the same.
uint32_t capabilities_2x(uint32_t sync_capability);
// The firmware has self tests, under numbers of its own.
inline bool has_self_tests_2x(const wire::Sync &sync) {
  return (sync.capability & wire::kCap2xSelfTest) != 0;
}

class Run2x {
 public:
  Run2x(const RunContext &context, Model &model, backend::Run &run);
  void execute();
  const NodeEvents &events() const { return events_; }
  uint64_t inference_ns() const { return inference_ns_; }

 private:
  void send_inputs();
  void receive_nodes();
  void take_node(const wire::Node2x &node);
  void end_node();
  void receive_outputs();

  RunContext context_;
  Model &model_;
  backend::Run &run_;
  Command command_;
  NodeEvents events_;
  float duration_ms_ = 0;  // of the node in progress
  uint64_t inference_ns_ = 0;
};

}  // namespace air::aivalidation
