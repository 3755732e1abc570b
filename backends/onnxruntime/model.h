// SPDX-License-Identifier: BSD-3-Clause
// One ONNX model: its description and its runs.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "common/host_device.h"
#include "nodes.h"

namespace air::ort {

class Model {
 public:
  Model(const air_host &host, const HostLog &log, const Options &options, const std::filesystem::path &path);

  const air_model_info &info() const noexcept { return info_; }
  air_status run(const air_run &run);
  // From any thread.
  void cancel() noexcept;

 private:
  // An input or output of the model, and the runtime's view of the caller's memory as last used.
  struct Port {
    std::string name;
    int element_type;
    const runtime::Tensor *tensor;
    OwnedValue value;
    const void *bound;
    bool in_place;                   // can be written where the caller wants it: the shape is known before a run
    std::vector<std::byte> aligned;  // for memory of the caller that is not aligned
  };

  void open();
  void add_port(const Slot &slot, const runtime::Shape &shape, bool in_place, bool is_input,
                const std::map<std::string_view, runtime::Quantization> &quantizations);
  std::vector<runtime::Shape> output_shapes();
  std::vector<runtime::Shape> probe_outputs(const std::string &unknown);
  std::vector<runtime::Shape> probe_outputs(int64_t integer);
  void check_nodes_fit() const;
  void open_nodes();
  void describe_runtime();
  void describe_model();
  abi::Value *bind(Port &port, const void *memory);
  void bind_inputs(const air_run &run);
  uint64_t run_plain(const air_run &run);
  void run_nodes(const air_run &run);
  void copy_output(Port &port, abi::Value *value, void *to) const;
  SessionSettings settings() const;

  const air_host &host_;
  const HostLog log_;
  const Options options_;
  const std::filesystem::path path_;
  const std::vector<std::byte> bytes_;
  const ModelFile file_;
  const std::vector<runtime::Shape> input_shapes_;
  const Api api_;
  Owned<abi::Env> env_;
  Owned<abi::MemoryInfo> memory_;
  Owned<abi::RunOptions> run_options_;
  std::unique_ptr<Session> session_;
  std::string shapes_refusal_;  // why the graph does not take the shapes of the inputs, or ""
  std::unique_ptr<Nodes> nodes_;
  std::string no_nodes_;  // why not, when there are none
  HostDevice device_;
  runtime::TensorList inputs_;
  runtime::TensorList outputs_;
  std::vector<Port> input_ports_;
  std::vector<Port> output_ports_;
  std::vector<abi::Value *> input_values_;
  std::vector<abi::Value *> output_values_;
  std::string name_;
  std::string hash_;
  std::string runtime_description_;
  std::string protocol_;
  air_runtime_info runtime_info_{};
  air_model_info info_{};
};

}  // namespace air::ort
