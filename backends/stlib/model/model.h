// SPDX-License-Identifier: BSD-3-Clause
// One model of a library: what both flavours share. Memory, placing of inputs and outputs, guards, description.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "common/node_types.h"
#include "plugin/log.h"
#include "stlib/library/image.h"
#include "stlib/model/guarded_memory.h"
#include "stlib/model/nodes.h"
#include "stlib/model/tensor.h"
#include "stlib/model/weights.h"

namespace air::stlib {

// What a model needs from its connection, which outlives it.
struct ModelContext {
  const HostLog &log;
  const Image &image;
  const Image *observer;  // libai_observer, NULL when there is none
  const Weights &weights;
  uint32_t batch;
};

// What a library says about itself.
struct ModelFacts {
  std::string name;
  std::string model_datetime;
  std::string compile_datetime;
  std::string hash;
  std::string flags;
  const char *runtime_name = "";
  uint32_t runtime_version[3] = {};
  uint32_t tools_version[3] = {};
  uint32_t n_nodes = 0;
  uint64_t macc = 0;

  RuntimeVersion runtime() const noexcept { return {runtime_version[0], runtime_version[1]}; }
};

class Model {
 public:
  Model(const ModelContext &context, std::string c_name) : context_(context), c_name_(std::move(c_name)) {}
  virtual ~Model() = default;
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  // Makes the model ready to run. After a failure only close() may be called.
  virtual void open() = 0;
  // Lets the library go. To be called before the library is unloaded; the memory given to it stays until the model is destroyed.
  virtual void close() noexcept = 0;
  virtual void reset_states() = 0;

  void run(backend::Run &run);
  // Gets ready for runs with the values of these nodes.
  void prepare(std::span<const uint32_t> nodes);

  const std::string &c_name() const noexcept { return c_name_; }
  const std::string &name() const noexcept { return facts_.name; }
  void rename(const std::string &name) { facts_.name = name; }
  backend::Model describe() const;

 protected:
  // An input or output on its way between the caller and the network.
  struct Port {
    uint64_t sample_bytes = 0;
    std::byte *fixed = nullptr;    // where the network keeps it inside activations, or NULL
    GuardedMemory *own = nullptr;  // memory for what cannot be used in place
    uint64_t alignment = 0;        // of caller memory that the network can use in place; 0: none
    std::byte *current = nullptr;  // what the network uses in this run
  };
  static constexpr uint64_t kCallerAlignment = 8;
  static constexpr uint32_t kMaxPorts = 256;

  // Memory for the network, whose guard is checked after each run.
  GuardedMemory &allocate(std::string name, uint64_t size);
  // Prepares a port. `fixed` is NULL for a port in the caller's memory; `allocated_bytes` is what the library wants to be there.
  Port make_port(const Tensor &tensor, std::byte *fixed, uint64_t allocated_bytes);
  // What a run took. `nodes`: those that were observed, or NULL.
  static void set_times(backend::Run &run, uint64_t begin_ns, uint64_t end_ns, const NodeTracker *nodes) noexcept;

  const ModelContext context_;
  const std::string c_name_;
  ModelFacts facts_;
  uint32_t capabilities_ = 0;
  std::optional<uint64_t> states_bytes_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  std::vector<Tensor> weights_pools_;
  std::vector<Tensor> activations_pools_;
  std::vector<Port> input_ports_;
  std::vector<Port> output_ports_;

 private:
  // What follows the nodes; NULL where they cannot be observed.
  virtual NodeTracker *tracker() noexcept = 0;
  // Starts or ends watching the nodes; cheap when nothing changes.
  virtual void observe(bool wanted) = 0;
  // Tells the network where the ports are.
  virtual void bind(uint32_t n_samples) = 0;
  // Runs the network, looking at the clock right before and right after.
  virtual void execute(backend::Run &run) = 0;

  // Throws unless the library's own place for a tensor is memory that has room for it.
  void check_fixed(const Tensor &tensor, std::byte *fixed) const;
  void place_inputs(const backend::Run &run) noexcept;
  void place_outputs(const backend::Run &run) noexcept;
  void collect_outputs(const air_run &run) const noexcept;
  void check_guards();
  void log_run(const air_run &run) const;
  [[noreturn]] void fail_corrupted() const;
  backend::Properties properties() const;

  std::deque<GuardedMemory> memory_;
  const GuardedMemory *corrupted_ = nullptr;
};

}  // namespace air::stlib
