// SPDX-License-Identifier: BSD-3-Clause
// One run of one model, protocol 3.x: inputs to the target, nodes into events, outputs to the caller.
#pragma once

#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "aivalidation/link/command.h"
#include "aivalidation/link/limits.h"
#include "aivalidation/model/model.h"

namespace air::aivalidation {

// What a run goes on with: shared by the runs of all protocols.
struct RunContext {
  const HostLog &log;
  const Limits &limits;
  Link &link;
  std::vector<std::byte> &halves;  // memory that runs use again and again
  uint32_t counters;               // CounterGroup bits: what to count beside
};

// Events of one run, and the time that the caller spends in them.
class NodeEvents {
 public:
  NodeEvents(Model &model, backend::Run &run) : model_(model), run_(run) {}

  void tell(const Nodes::Ended &node, float duration_ms, const std::string &note);

  uint64_t spent_ns() const { return spent_ns_; }
  // Sum of the durations of all nodes.
  uint64_t device_ns() const { return device_ns_; }
  bool any() const { return any_; }

 private:
  Model &model_;
  backend::Run &run_;
  bool any_ = false;
  uint64_t spent_ns_ = 0;
  uint64_t device_ns_ = 0;
};

// What a run is for.
struct Pass {
  uint32_t option = 0;       // for the target beside the caller's own: what to count
  bool only_counts = false;  // its result is what was counted, and nothing else
};

class Run3x {
 public:
  Run3x(const RunContext &context, Model &model, backend::Run &run, Pass pass);
  void execute();
  const NodeEvents &events() const { return events_; }
  uint64_t inference_ns() const { return inference_ns_; }

 private:
  void send_inputs();
  void send_input(uint32_t index, uint32_t expected_bytes);
  void receive_nodes();
  void take_operator(const wire::Operator &op);
  void take_tensor(const wire::Tensor &tensor);
  void end_node();
  void take_inference(const wire::Operator &op);
  void receive_outputs();
  void take_output(uint32_t index, const wire::Tensor &tensor);

  RunContext context_;
  Model &model_;
  backend::Run &run_;
  Pass pass_;
  Command command_;
  NodeEvents events_;
  std::string statistics_;  // of the node in progress
  uint64_t inference_ns_ = 0;
};

// One run in the protocol of the model, and what it measured.
void run_model(const RunContext &context, Model &model, backend::Run &run);

// Milliseconds as a target tells them; nonsense is 0.
uint64_t to_ns(float ms);

// 3.x and 2.x say the same thing by another name: an inference that failed.
[[noreturn]] void fail_inference(const Error &error);

}  // namespace air::aivalidation
