// SPDX-License-Identifier: BSD-3-Clause
// One model compiled by LiteRT, with memory for its inputs and outputs that the runtime uses in place.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "api.h"
#include "model_file.h"
#include "options.h"

namespace air::litert {

struct CompiledSettings {
  int accelerators;
  uint32_t kernels;
  uint32_t threads;  // 0: as the runtime does
  const runtime::KeyValues *cpu;
  bool profile;
};

// Time of an operator in the last run.
struct OperatorTime {
  uint64_t index;
  uint64_t duration_us;
};

class Compiled {
 public:
  // `model` is the file to load; inputs whose shape differs from the file's are resized. Throws INVALID_MODEL or UNSUPPORTED.
  Compiled(const Api &api, abi::Environment environment, std::vector<std::byte> model, const CompiledSettings &settings,
           const ModelFile &file, const std::vector<int32_t> &outputs, const std::vector<runtime::Shape> &input_shapes);
  Compiled(const Compiled &) = delete;
  Compiled &operator=(const Compiled &) = delete;

  const runtime::Shape &output_shape(size_t index) const { return output_shapes_.at(index); }
  std::byte *input(size_t index) const { return inputs_.at(index).memory.get(); }
  const std::byte *output(size_t index) const { return outputs_.at(index).memory.get(); }

  // Asks `run.check` between operators. False when that stopped the run. Throws RUN_FAILED.
  bool run(const air_run &run);

  // With settings.profile: the operators of the last run.
  std::vector<OperatorTime> times() const;

 private:
  struct Free {
    void operator()(std::byte *memory) const { std::free(memory); }
  };
  struct Port {
    std::unique_ptr<std::byte, Free> memory;
    Owned<abi::TensorBuffer> buffer;
  };

  void compile(abi::Environment environment, const CompiledSettings &settings);
  void resize_inputs(const ModelFile &file, const std::vector<runtime::Shape> &shapes);
  void read_output_shapes(const ModelFile &file, const std::vector<int32_t> &outputs, bool resized);
  std::string take_errors();
  Port make_port(int type, const runtime::Shape &shape) const;

  const Api &api_;
  const std::vector<std::byte> model_bytes_;  // used in place by the runtime
  Owned<abi::Model> model_;
  Owned<abi::CompiledModel> compiled_;
  abi::Profiler profiler_ = nullptr;
  std::vector<runtime::Shape> output_shapes_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
  std::vector<abi::TensorBuffer> input_buffers_;
  std::vector<abi::TensorBuffer> output_buffers_;
  const air_run *running_ = nullptr;
};

}  // namespace air::litert
