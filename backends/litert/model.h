// SPDX-License-Identifier: BSD-3-Clause
// One LiteRT model: its description and its runs.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "common/host_device.h"
#include "compiled.h"

namespace air::litert {

class Model {
 public:
  Model(const air_host &host, const HostLog &log, const Options &options, const std::filesystem::path &path);

  const air_model_info &info() const noexcept { return info_; }
  air_status run(const air_run &run);
  // Throws UNSUPPORTED for a model without states.
  void reset_states();

 private:
  struct Node {
    std::string name;
    std::string description;
    std::vector<size_t> places;  // of its outputs, among those of the compiled model
    runtime::TensorList outputs;
    std::vector<const void *> data;
    air_node_info info{};
    uint64_t duration_us = 0;
  };

  std::vector<runtime::Shape> resolve_inputs() const;
  Owned<abi::Environment> checked_environment() const;
  bool is_output(std::string_view name) const;
  // For IO_ONLY, for the PER_LAYER modes, or for the shapes of their outputs, without the runtime's profiler and its 70 MB.
  enum class Purpose { kPlain, kNodes, kNodeShapes };

  // `found` as for Compiled. Throws Refusal.
  std::unique_ptr<Compiled> compile(const std::vector<int32_t> &tensors, Purpose purpose, const Found &found) const;
  std::unique_ptr<Compiled> compile_in(abi::Environment environment, const std::vector<int32_t> &tensors,
                                       Purpose purpose, const Found &found, bool errors_to_stderr) const;
  std::unique_ptr<Compiled> compile_plain() const;
  std::string reason_of_refusal(const std::vector<int32_t> &tensors, Purpose purpose) const;
  Error nodes_refused(const Refusal &refusal) const;
  std::set<int32_t> shape_arithmetic() const;
  Found nothing_found() const;
  std::vector<int32_t> node_outputs() const;
  void describe_ports();
  void describe_nodes();
  void find_node_shapes();
  void add_node(const FileOperator &op);
  void describe_runtime();
  void describe_model();
  std::vector<runtime::Shape> tensor_shapes() const;
  runtime::TensorSpec spec_of(int32_t index, std::string tag, const runtime::Shape &shape) const;
  void emit(const air_run &run);

  const air_host &host_;
  const HostLog log_;
  const Options options_;
  const std::filesystem::path path_;
  const std::vector<std::byte> bytes_;
  const ModelFile file_;
  const std::vector<runtime::Shape> input_shapes_;
  const Api api_;
  Owned<abi::Environment> environment_;
  std::unique_ptr<Compiled> plain_;
  std::unique_ptr<Compiled> nodes_compiled_;  // made when nodes are asked for
  std::vector<int32_t> node_outputs_;         // what it reads: the model's own outputs first
  Found nodes_found_;
  std::string no_nodes_;  // why the operators cannot be run one by one, or ""
  HostDevice device_;
  runtime::TensorList inputs_;
  runtime::TensorList outputs_;
  std::deque<Node> nodes_;
  std::string name_;
  std::string hash_;
  std::string runtime_description_;
  air_runtime_info runtime_info_{};
  air_model_info info_{};
};

}  // namespace air::litert
