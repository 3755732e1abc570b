// SPDX-License-Identifier: BSD-3-Clause
// One model loaded by ONNX Runtime, and one run of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "onnxruntime/api.h"
#include "onnxruntime/options.h"
#include "onnxruntime/session_log.h"
#include "runtime/shapes.h"

namespace air::ort {

// What the runtime says of an input or output.
struct Slot {
  std::string name;
  ONNXTensorElementDataType element_type{};  // undefined: not a tensor
  runtime::Shape shape;                      // -1: not known before a run
};

struct SessionSettings {
  const Options *options;
  std::string folder;  // of the model: where external weights are
  GraphOptimizationLevel optimization;
  std::string profile_prefix;  // profiled from begin to end when not empty
  bool keeps_memory;           // between runs, for speed
  const HostLog *log;          // for what the runtime complains of and goes on
};

using OwnedValue = Owned<OrtValue>;

class Session {
 public:
  // Throws INVALID_MODEL or UNSUPPORTED with the runtime's words.
  Session(const Api &api, const OrtEnv *env, std::string_view model, const SessionSettings &settings);

  const std::vector<Slot> &inputs() const noexcept { return inputs_; }
  const std::vector<Slot> &outputs() const noexcept { return outputs_; }

  // Runs with one value for each input and the first n outputs; a NULL output is made by the runtime. Throws RUN_FAILED.
  void run(const OrtRunOptions *options, const std::vector<OrtValue *> &inputs, std::vector<OrtValue *> &outputs);

  // Ends profiling and tells the file that was written.
  std::string end_profiling();

 private:
  void describe();

  const Api &api_;
  std::unique_ptr<SessionLog> log_;  // the runtime keeps its address
  Owned<OrtSession> session_;
  std::vector<Slot> inputs_;
  std::vector<Slot> outputs_;
  std::vector<const char *> input_names_;
  std::vector<const char *> output_names_;
};

// A tensor over memory of the caller.
OwnedValue tensor_over(const Api &api, const OrtMemoryInfo *memory, const void *data, size_t size,
                       std::span<const int64_t> shape, ONNXTensorElementDataType element_type);

// Memory and shape of a tensor that the runtime made.
struct TensorView {
  bool is_there = false;  // false: nothing, or not a tensor of that type
  const void *data = nullptr;
  runtime::Shape shape;
};
TensorView view_of(const Api &api, OrtValue *value, ONNXTensorElementDataType element_type);

}  // namespace air::ort
