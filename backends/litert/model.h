// SPDX-License-Identifier: BSD-3-Clause
// The connection to one LiteRT model: its description and its runs.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "litert/compiled.h"

namespace air::litert {

class Model {
 public:
  static const backend::Facts facts;

  explicit Model(const backend::Request &request);

  const std::string &descriptor() const noexcept { return descriptor_; }
  const std::vector<backend::Model> &models() const noexcept { return models_; }
  void run(uint32_t model, backend::Run &run);
  void prepare(uint32_t model, const backend::Preparation &preparation);
  // Throws UNSUPPORTED for a model without states.
  void reset_states(uint32_t model);

 private:
  // Compiled for the PER_LAYER modes, or for given values.
  struct Layers {
    Tensors tensors;
    Found found;
    std::vector<size_t> places = {};  // where outputs of nodes are among what it reads, by their place in node_outputs_
    std::unique_ptr<Compiled> compiled = nullptr;  // made when nodes are asked for
  };
  struct Node {
    std::vector<size_t> places;  // of its outputs, in node_outputs_
    // Of its outputs in the run that is told of.
    std::vector<const void *> data;
    std::vector<const int64_t *> shapes;
    uint64_t duration_us = 0;
  };

  std::span<std::byte> wanted_bytes();

  // For IO_ONLY, for the PER_LAYER modes, or for the shapes of their outputs, without the runtime's profiler and its 70 MB.
  enum class Purpose { kPlain, kNodes, kNodeShapes };

  // `found` as for Compiled. Throws Refusal.
  std::unique_ptr<Compiled> compile(const Tensors &tensors, Purpose purpose, const Found &found) const;
  std::unique_ptr<Compiled> compile_in(abi::Environment environment, const Tensors &tensors, Purpose purpose,
                                       const Found &found, bool errors_to_stderr) const;
  std::unique_ptr<Compiled> compile_plain() const;
  void apply_wanted_shapes(Found &found) const;
  std::string reason_of_refusal(const Tensors &tensors, Purpose purpose) const;
  Error nodes_refused(const Refusal &refusal, bool is_given) const;
  std::set<int32_t> shape_arithmetic() const;
  Found nothing_found() const;
  std::vector<int32_t> node_outputs() const;
  backend::Tensor describe(int32_t index, const runtime::Shape &shape) const;
  void describe_ports();
  void describe_nodes();
  void find_node_shapes();
  void add_node(const FileOperator &op);
  std::optional<backend::Tensor> describe_node_input(int32_t tensor) const;
  air_dtype computes_in(const FileOperator &op) const;
  bool halves_floats() const;
  void describe_model();
  std::vector<runtime::Shape> tensor_shapes() const;
  void store_output(const backend::Run &run, const Compiled &compiled, uint32_t index) const;
  bool can_be_given(size_t index) const;
  bool any_can_be_given() const;
  Layers layers_with(std::span<const uint32_t> nodes) const;
  Compiled &layers_to_run(backend::Run &run, Layers &layers) const;
  void emit(backend::Run &run, const Layers &layers);
  void end_node(backend::Run &run, const Layers &layers, uint32_t index);

  const HostLog log_;
  Watch watch_;  // while connecting: whether the caller wants to go on
  const Options options_;
  const std::filesystem::path path_;
  const std::string descriptor_;
  std::vector<std::byte> bytes_;
  const std::string hash_;  // of the file as it is
  const ModelFile file_;
  const std::vector<runtime::Shape> input_shapes_;
  const Api api_;
  Owned<abi::Environment> environment_;
  std::unique_ptr<Compiled> plain_;
  std::vector<int32_t> node_outputs_;  // what layers read: the model's own outputs first
  Found nodes_found_;
  Layers layers_;
  std::optional<Layers> given_;  // for runs with given values
  std::string no_nodes_;         // why the operators cannot be run one by one, or ""
  std::vector<backend::Model> models_;
  backend::Model &model_;  // the one that there is
  std::vector<Node> nodes_;
};

}  // namespace air::litert
