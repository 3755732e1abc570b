// SPDX-License-Identifier: BSD-3-Clause
// One model of a runner: checks what an invoke is given, runs it, keeps outputs and profile.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "airunner_backend.h"
#include "common/not_finite.h"
#include "lanes.h"
#include "recorder.h"

namespace air {

class Runner;

class Session {
 public:
  Session(Runner &runner, uint32_t index, const air_model_info &model);
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  Runner &runner() const noexcept { return runner_; }
  uint32_t index() const noexcept { return index_; }
  const air_model_info &model() const noexcept { return model_; }
  std::span<const air_tensor_info *const> inputs() const noexcept { return {model_.inputs, model_.n_inputs}; }
  std::span<const air_tensor_info *const> outputs() const noexcept { return {model_.outputs, model_.n_outputs}; }

  // `look` sees the profile before another call can begin; it may be empty.
  using Look = std::function<void(const air_profile &)>;
  void invoke(uint64_t n_samples, std::span<const air_buffer> inputs, std::span<const air_buffer> outputs,
              const air_invoke_options &options, const Look &look = nullptr);
  // Throws AIR_ERROR_INVALID_INPUT unless these are n_samples samples of the inputs; invoke() checks by itself.
  void check_inputs(uint64_t n_samples, std::span<const air_buffer> inputs, uint32_t io_mode) const;
  void reset_states();
  void fill_random(uint64_t n_samples, std::span<const air_buffer> inputs, const air_random_options &options) const;

  // The outputs kept by the last invoke; throws AIR_ERROR_NOT_FOUND.
  std::span<const air_buffer> kept_outputs() const;
  // The mode that the last invoke asked for.
  uint32_t asked_mode() const noexcept { return asked_mode_; }
  // The profile of the last invoke; throws AIR_ERROR_NOT_FOUND.
  const air_profile &profile() const;
  // What the last invoke was given, for each input.
  std::span<const NotFinite> not_finite_inputs() const noexcept { return not_finite_; }

 private:
  uint32_t granted_mode(uint32_t mode) const noexcept;
  void count_not_finite_inputs(uint64_t n_samples, std::span<const air_buffer> inputs, uint32_t mode, uint32_t io_mode);
  void check_outputs(uint64_t n_samples, std::span<const air_buffer> outputs, uint32_t io_mode) const;
  std::span<const air_buffer> own_outputs(uint64_t n_samples, uint32_t io_mode);

  Runner &runner_;
  uint32_t index_;
  const air_model_info &model_;
  Lanes lanes_;
  Recorder recorder_;
  std::vector<NotFinite> not_finite_;
  bool has_outputs_ = false;
  uint32_t asked_mode_ = 0;
  std::vector<Block> output_blocks_;
  std::vector<std::vector<int64_t>> output_shapes_;
  std::vector<air_buffer> output_buffers_;
};

}  // namespace air
