// SPDX-License-Identifier: BSD-3-Clause
// A connected model and batches of samples for it, over the public C ABI.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/values.h"
#include "suite.h"

namespace conformance {

using air::HeldResult;
using Token = std::unique_ptr<air_token, decltype(&air_release_token)>;
inline Token make_token() {
  return {air_make_token(), air_release_token};
}

// A runner connected for one check, and the model under test.
class Model {
 public:
  explicit Model(const Context &context) : Model(context, context.descriptor) {}
  Model(const Context &context, const std::string &descriptor);

  air_runner *runner() const { return runner_.get(); }
  air_session *session() const { return session_; }
  const air_model &info() const { return *air_get_model(session_); }
  bool can(uint32_t capability) const { return (info().capabilities & capability) == capability; }
  std::span<const air_tensor *const> inputs() const { return {info().inputs, info().n_inputs}; }
  std::span<const air_tensor *const> outputs() const { return {info().outputs, info().n_outputs}; }
  // Forgets earlier samples, so that the next outputs depend on the next inputs only. Skips the check where that is impossible.
  void start_afresh() const;
  // Only values that it gave out may be used then.
  air_status disconnect();

 private:
  struct Disconnect {
    void operator()(air_runner *runner) const { air_disconnect(runner); }
  };

  const Quirks *quirks_;
  std::unique_ptr<air_runner, Disconnect> runner_;
  air_session *session_ = nullptr;
};

// air_connect() as the arguments of the suite ask for.
air_status connect(const Context &context, const std::string &descriptor, air_token *token, air_runner **out_runner);

inline air_invoke_options in_mode(uint32_t mode) {
  return {.struct_size = sizeof(air_invoke_options), .mode = mode};
}

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
  air_status invoke(const Model &model, const air_invoke_options &options = in_mode(AIR_MODE_IO_ONLY),
                    const air_callbacks *callbacks = nullptr, const air_result **out_result = nullptr);
  // Invokes and fails the check when that fails.
  HeldResult run(const Model &model, const air_invoke_options &options = in_mode(AIR_MODE_IO_ONLY),
                 const air_callbacks *callbacks = nullptr);
  // The same two with the outputs in the result and not in the batch.
  air_status invoke_kept(const Model &model, const air_invoke_options &options, const air_callbacks *callbacks,
                         const air_result **out_result) const;
  HeldResult run_kept(const Model &model, const air_invoke_options &options,
                      const air_callbacks *callbacks = nullptr) const;

 private:
  Batch() = default;

  uint64_t n_samples_ = 0;
  std::vector<Bytes> inputs_;
  std::vector<Bytes> outputs_;
};

std::vector<air_input> inputs_of(std::span<const Bytes> blocks);
std::vector<air_output> outputs_of(std::span<Bytes> blocks);

// What a result holds: all samples of a tensor, or one. Fails the check where it is not there.
air_view tensor_of(const air_result &result, air_place place, uint32_t node, uint32_t index,
                   uint64_t sample = AIR_ALL_SAMPLES);
Bytes bytes_of(const air_view &view);
std::vector<Bytes> kept_outputs(const air_result &result);
// The values of a column; fails the check where there are none.
std::span<const double> values_of(const air_result &result, const char *column, uint32_t node = AIR_WHOLE_RUN);
std::span<const air_node *const> nodes_of(const air_result &result);

// The first n samples of `got` are those of `expected`, within the tolerance.
void check_equal_outputs(const Context &context, const Model &model, std::span<const Bytes> got,
                         std::span<const Bytes> expected, uint64_t n_samples, std::string_view what);

// The same for one tensor; throws Failure as above.
void check_equal_tensor(const Context &context, const air_tensor &info, const Bytes &got, const Bytes &expected,
                        uint64_t n_samples, std::string_view what);

// A plain invoke still works and gives what `expected` (a batch that has been run afresh) gave.
void check_usable(const Context &context, const Model &model, const Batch &expected, std::string_view after);

}  // namespace conformance
