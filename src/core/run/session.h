// SPDX-License-Identifier: BSD-3-Clause
// One model of a runner: checks what an invoke is given, runs it, makes its result.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "airunner_backend.h"
#include "core/run/given.h"
#include "core/run/recorder.h"
#include "core/run/tensor_transfer.h"
#include "core/values/result.h"

namespace air {

class Runner;

class Session {
 public:
  Session(Runner &runner, uint32_t index, DescribedModel described);
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  Runner &runner() const noexcept { return runner_; }
  uint32_t index() const noexcept { return index_; }
  // Samples that one run takes with layers.
  uint32_t layer_batch() const noexcept { return layer_batch_; }
  // With the nodes and columns known so far; stays as long as the session.
  const Model &model() const noexcept { return *model_.load(std::memory_order_acquire); }
  // Within a call of the runner, on its thread: also with those that the run in progress has made known.
  void publish_model();

  struct Request {
    uint64_t n_samples;
    std::span<const air_input> inputs;
    std::span<const air_output> outputs;
    air_invoke_options options;
    air_callbacks callbacks;
  };
  // The result is written where it is wanted: on success, and with AIR_MODE_PARTIAL also when the run has begun and failed.
  void invoke(const Request &request, ResultHolder *out);
  void trim() noexcept;
  // Gets ready to be given the values of these nodes.
  void prepare(std::span<const uint32_t> nodes, const air_call &limits);

 private:
  void run(const Request &request, uint32_t mode, Result *result);
  uint32_t granted_mode(uint32_t mode) const noexcept;
  void check_inputs(const Request &request) const;
  void check_outputs(const Request &request) const;
  void count_not_finite_inputs(const Request &request, uint32_t mode, Result *result);
  void check_conversions(const Request &request) const;
  // Where outputs go, prepared; NULL: nobody wants them.
  std::vector<Samples> *outputs_of(const Request &request, uint32_t mode, Result *result);
  void keep_inputs(const Request &request, Result &result);

  Runner &runner_;
  uint32_t index_;
  uint32_t layer_batch_;
  Recorder recorder_;
  std::atomic<const Model *> model_;
  std::shared_ptr<ResultPool> pool_;
  Transfers transfers_;
  Given given_;
  std::vector<bool> told_not_finite_;
  std::vector<Samples> callers_outputs_;  // in the caller's memory
  std::vector<Samples> passing_outputs_;  // of one sample, where nothing is kept
};

}  // namespace air
