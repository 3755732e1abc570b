// SPDX-License-Identifier: BSD-3-Clause
// One model compiled by LiteRT, with memory for its inputs that the runtime uses in place and with the tensors that are read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "litert/api.h"
#include "litert/options.h"
#include "litert/readable_file.h"
#include "litert/reader.h"
#include "platform/machine/memory.h"

namespace air::litert {

struct CompiledSettings {
  int accelerators;
  uint32_t kernels;
  uint32_t threads;  // 0: as the runtime does
  const runtime::KeyValues *cpu;
  bool profile;
  bool errors_to_stderr;  // also those of a model that is refused, which cannot be asked
};

// The runtime refused a model, or to run it: "<what>: LiteRT says <reason>".
class Refusal : public Error {
 public:
  // `reason` in the runtime's words, or "".
  Refusal(air_status status, const std::string &what, abi::Status code, const std::string &reason);

  const std::string &what_failed() const noexcept { return what_failed_; }
  const std::string &reason() const noexcept { return reason_; }

 private:
  std::string what_failed_;
  std::string reason_;
};

// Time of an operator in the last run.
struct OperatorTime {
  uint64_t index;
  uint64_t duration_us;
};

// Throws where the caller wants no more.
using Watch = std::function<void()>;

// What was found out about tensors that are read.
struct Found {
  std::vector<runtime::Shape> shapes;  // -1: another one for other values of the inputs
  bool was_run = false;                // to find that: there may be states now
  Reading reading = Reading::kInPlace;
  std::string refusal;  // why the model cannot be run, or ""
};

// Tensors of the file that a compiled model has to do with.
struct Tensors {
  std::vector<int32_t> read;  // the model's own outputs first
  std::vector<int32_t>
      given;  // inputs behind the model's own; what operators compute in their place is read behind the model's own outputs
  std::vector<runtime::Shape> given_shapes = {};
};

class Compiled {
 public:
  // Inputs whose shape differs from the file's are resized. When nothing was found out before it is now, for
  // which the model may be run, as long as `watch` allows. Throws Refusal, of status RUN_FAILED when that did not go well or
  // needs padded copies; and what `watch` throws, which is called between the steps.
  Compiled(const Api &api, abi::Environment environment, const CompiledSettings &settings, const ModelFile &file,
           const Tensors &tensors, const std::vector<runtime::Shape> &input_shapes, Found found, const Watch &watch);
  Compiled(const Compiled &) = delete;
  Compiled &operator=(const Compiled &) = delete;

  const Found &found() const noexcept { return found_; }
  std::span<std::byte> input(size_t index) const { return {inputs_.at(index).memory.get(), inputs_.at(index).size}; }
  // In the last run.
  const runtime::Shape &shape(size_t index) const { return shapes_.at(index); }
  const std::byte *value(size_t index) const {
    return is_constant(index) ? constant(index).data() : reader_.value(places_.at(index));
  }
  // When the operators of the last run were done.
  uint64_t reached_ns() const noexcept { return reader_.reached_ns(); }

  // Calls `watch` between operators. Throws what it throws, else Error.
  void run(const Watch &watch);

  // With settings.profile: the operators of the last run.
  std::vector<OperatorTime> times() const;

 private:
  struct Port {
    AlignedBytes memory;
    Owned<abi::TensorBuffer> buffer;
    size_t size = 0;
  };

  Reading how_to_read(size_t index) const;
  std::vector<Read> read_by_runtime(const std::vector<int32_t> &given);
  void take_shapes();
  bool is_constant(size_t index) const { return file_.tensor(tensors_.at(index)).is_constant; }
  Bytes constant(size_t index) const { return file_.tensor(tensors_.at(index)).constant; }
  void load(abi::Environment environment);
  void compile(abi::Environment environment, const CompiledSettings &settings);
  bool resize_inputs(const std::vector<runtime::Shape> &shapes);
  void find_out(bool resized, const Watch &watch);
  void find_out_by_running(const Watch &watch);
  abi::Status try_values(uint8_t even, uint8_t odd, const Watch &watch);
  std::string reason_of_run();
  void check_shapes();
  abi::Status run_once(const Watch &watch);
  std::string take_errors();
  Port make_port(int type, const runtime::Shape &shape) const;

  const Api &api_;
  const ModelFile &file_;
  const std::vector<int32_t> tensors_;
  std::vector<int32_t> input_tensors_;  // the model's own, then those that are given
  std::vector<Reading> readings_;
  std::vector<size_t> places_;  // of tensors, among those that the reader is given: constants are taken from the file
  std::vector<runtime::Shape> shapes_;
  Reader reader_;
  ReadableFile model_bytes_;  // used in place by the runtime
  Owned<abi::Model> model_;
  Owned<abi::Options> options_;  // the runtime keeps what it was told about the reader there
  Owned<abi::CompiledModel> compiled_;
  abi::Profiler profiler_ = nullptr;
  Found found_;
  std::vector<Port> inputs_;
  std::vector<abi::TensorBuffer> input_buffers_;
  Port output_;  // of the reader, see with_reader()
  abi::TensorBuffer output_buffer_ = nullptr;
  const Watch *watch_ = nullptr;  // of the run in progress
};

}  // namespace air::litert
