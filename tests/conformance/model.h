// SPDX-License-Identifier: BSD-3-Clause
// A connected model and batches of samples for it, over the public C ABI.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "suite.h"

namespace conformance {

// A runner connected for one check, and the model under test.
class Model {
 public:
  explicit Model(const Context &context) : Model(context, context.descriptor) {}
  Model(const Context &context, const std::string &descriptor);

  air_runner *runner() const { return runner_.get(); }
  air_session *session() const { return session_; }
  const air_model_info &info() const { return *info_; }
  bool can(uint32_t capability) const { return (info_->capabilities & capability) == capability; }
  std::span<const air_tensor_info *const> inputs() const { return {info_->inputs, info_->n_inputs}; }
  std::span<const air_tensor_info *const> outputs() const { return {info_->outputs, info_->n_outputs}; }
  const air_profile &profile() const;
  // Forgets earlier samples, so that the next outputs depend on the next inputs only. Skips the check where that is impossible.
  void start_afresh() const;

 private:
  struct Disconnect {
    void operator()(air_runner *runner) const { air_disconnect(runner); }
  };

  const Quirks *quirks_;
  std::unique_ptr<air_runner, Disconnect> runner_;
  air_session *session_ = nullptr;
  const air_model_info *info_ = nullptr;
};

using Bytes = std::vector<std::byte>;

// Inputs (random, always the same for a seed) and outputs of n samples.
class Batch {
 public:
  Batch(const Context &context, const Model &model, uint64_t n_samples, uint32_t seed = 42);

  uint64_t n_samples() const { return n_samples_; }
  std::vector<Bytes> &inputs() { return inputs_; }
  std::vector<Bytes> &outputs() { return outputs_; }
  const std::vector<Bytes> &inputs() const { return inputs_; }
  const std::vector<Bytes> &outputs() const { return outputs_; }

  // A batch of one of the samples.
  Batch sample(uint64_t index) const;
  air_status invoke(const Model &model, const air_invoke_options *options = nullptr);
  // Invokes and fails the check when that fails.
  void run(const Model &model, const air_invoke_options *options = nullptr);

 private:
  Batch() = default;

  uint64_t n_samples_ = 0;
  std::vector<Bytes> inputs_;
  std::vector<Bytes> outputs_;
};

std::vector<air_buffer> buffers_of(std::span<const Bytes> blocks);

// The first n samples of `got` are those of `expected`, within the tolerance.
void check_equal_outputs(const Context &context, const Model &model, std::span<const Bytes> got,
                         std::span<const Bytes> expected, uint64_t n_samples, std::string_view what);

// The same for one tensor; throws Failure as above.
void check_equal_tensor(const Context &context, const air_tensor_info &info, const Bytes &got, const Bytes &expected,
                        uint64_t n_samples, std::string_view what);

// A plain invoke still works and gives what `expected` (a batch that has been run afresh) gave.
void check_usable(const Context &context, const Model &model, const Batch &expected, std::string_view after);

}  // namespace conformance
