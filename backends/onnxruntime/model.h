// SPDX-License-Identifier: BSD-3-Clause
// The connection to one ONNX model: its description and its runs.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "onnxruntime/nodes.h"
#include "onnxruntime/quantization.h"

namespace air::ort {

class Model {
 public:
  static const backend::Facts facts;

  explicit Model(const backend::Request &request);

  const std::string &descriptor() const noexcept { return descriptor_; }
  const std::vector<backend::Model> &models() const noexcept { return models_; }
  void run(uint32_t model, backend::Run &run);
  void prepare(uint32_t model, const backend::Preparation &preparation);
  // From any thread.
  void cancel() noexcept;

 private:
  // An input or output of the model, and the runtime's view of the caller's memory as last used.
  struct Port {
    std::string name;
    ONNXTensorElementDataType element_type;
    runtime::Shape shape;  // as the model has it, -1 for what each sample has of its own
    uint64_t size;         // 0 where that is not known before a run
    bool in_place;         // can be written where the caller wants it
    OwnedValue value;
    const void *bound = nullptr;
    std::vector<std::byte> aligned = {};  // for memory of the caller that is not aligned
  };

  std::span<std::byte> wanted_bytes();
  void save() const;
  void open();
  Port add_port(const Slot &slot, const runtime::Shape &shape, bool in_place, const QuantizationByValue &quantizations,
                std::vector<backend::Tensor> &tensors);
  std::vector<runtime::Shape> output_shapes(const std::string &refusal);
  std::vector<runtime::Shape> probe(const std::string &unknown, const std::string &refusal);
  void check_nodes_fit() const;
  void open_nodes();
  void describe_runtime();
  void describe_model();
  OrtValue *bind(Port &port, const void *memory);
  OrtValue *bind_input(Port &port, const void *memory);
  void bind_inputs(const backend::Run &run);
  uint64_t run_plain(const backend::Run &run, OrtRunOptions *options);
  void run_nodes(backend::Run &run);
  void store_output(const backend::Run &run, uint32_t index, OrtValue *value) const;
  SessionSettings settings() const;

  const HostLog log_;
  const Options options_;
  const std::filesystem::path path_;
  const std::string descriptor_;
  std::vector<std::byte> bytes_;
  const std::string hash_;  // of the file as it is
  const ModelFile file_;
  const std::vector<runtime::Shape> input_shapes_;
  const std::set<std::string_view> varying_;  // values whose shape each sample may have of its own
  const Api api_;
  Owned<OrtEnv> env_;
  Owned<OrtMemoryInfo> memory_;
  Owned<OrtRunOptions> run_options_;
  Owned<OrtRunOptions> tidy_run_options_;  // for runs beside those node by node, whose memory would be there twice
  std::unique_ptr<Session> session_;
  std::unique_ptr<Nodes> nodes_;
  std::string no_nodes_;                 // why not, when there are none
  std::unique_ptr<Nodes::Graph> given_;  // for runs with given values
  std::vector<Port> given_ports_;
  std::vector<backend::Model> models_;
  backend::Model &model_;  // the one that there is
  std::vector<Port> input_ports_;
  std::vector<Port> output_ports_;
  std::vector<OrtValue *> input_values_;
  std::vector<OrtValue *> output_values_;
};

}  // namespace air::ort
