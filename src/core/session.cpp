// SPDX-License-Identifier: BSD-3-Clause
// One model of a runner: checks what an invoke is given, runs it, keeps outputs and profile.
#include "session.h"

#include <algorithm>
#include <cmath>

#include "error.h"
#include "invocation.h"
#include "random.h"
#include "runner.h"
#include "common/struct_size.h"
#include "tensor.h"

namespace air {
namespace {

constexpr uint32_t kKnownModes =
    AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_FIXED_INPUT | AIR_MODE_PERF_ONLY | AIR_MODE_DEBUG;
constexpr uint32_t kKnownIoModes = AIR_IO_QUANTIZE | AIR_IO_DEQUANTIZE;

void check_options(uint64_t n_samples, const air_invoke_options &options) {
  if (n_samples == 0) fail(AIR_ERROR_INVALID_ARGUMENT, "n_samples is 0, expected at least 1");
  if ((options.mode & ~kKnownModes) != 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "mode {:#x} has unknown bits {:#x}", options.mode, options.mode & ~kKnownModes);
  }
  if ((options.io_mode & ~kKnownIoModes) != 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "io_mode {:#x} has unknown bits {:#x}", options.io_mode,
         options.io_mode & ~kKnownIoModes);
  }
  if (options.reserved != 0) fail(AIR_ERROR_INVALID_ARGUMENT, "air_invoke_options.reserved is not 0");
}

BufferForm output_form(const air_tensor_info &info, uint32_t io_mode) {
  return (io_mode & AIR_IO_DEQUANTIZE) != 0 ? float_form(info) : storage_form(info);
}

}  // namespace

Session::Session(Runner &runner, uint32_t index, const air_model_info &model)
    : runner_(runner),
      index_(index),
      model_(model),
      not_finite_(model.n_inputs),
      output_blocks_(model.n_outputs),
      output_shapes_(model.n_outputs),
      output_buffers_(model.n_outputs) {}

uint32_t Session::granted_mode(uint32_t mode) const noexcept {
  if ((mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0) mode |= AIR_MODE_PER_LAYER;
  if ((mode & AIR_MODE_PERF_ONLY) != 0) mode |= AIR_MODE_FIXED_INPUT;
  const bool data = (model_.capabilities & AIR_CAP_PER_LAYER_DATA) != 0 && (mode & AIR_MODE_PERF_ONLY) == 0;
  if ((model_.capabilities & AIR_CAP_PER_LAYER) == 0) mode &= ~uint32_t{AIR_MODE_PER_LAYER};
  if (!data || (mode & AIR_MODE_PER_LAYER) == 0) mode &= ~uint32_t{AIR_MODE_PER_LAYER_WITH_DATA};
  return mode;
}

void Session::check_inputs(uint64_t n_samples, std::span<const air_buffer> inputs, uint32_t io_mode) const {
  if (inputs.size() != model_.n_inputs) {
    fail(AIR_ERROR_INVALID_INPUT, "invalid input number -> {}, expected {}", inputs.size(), model_.n_inputs);
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const bool from_float = converts_input(*model_.inputs[i], inputs[i], io_mode);
    const BufferForm form = from_float ? float_form(*model_.inputs[i]) : storage_form(*model_.inputs[i]);
    check_buffer(inputs[i], form, n_samples, fmt::format("input #{}", i + 1), false);
  }
}

// Such values spread through a network unseen: whoever gave them is told, once until an invoke is without.
void Session::count_not_finite_inputs(uint64_t n_samples, std::span<const air_buffer> inputs, uint32_t mode,
                                      uint32_t io_mode) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const air_tensor_info &tensor = *model_.inputs[i];
    const bool real = converts_input(tensor, inputs[i], io_mode);
    const air_dtype dtype = real ? AIR_DTYPE_FLOAT32 : tensor.dtype;
    const uint64_t sample_bytes = real ? float_form(tensor).sample_bytes : tensor.size_bytes;
    const uint64_t n_elements = n_samples * sample_bytes / std::max(air_dtype_size(dtype), 1U);
    const bool told = not_finite_[i].any();
    not_finite_[i] = {};
    if ((mode & AIR_MODE_FIXED_INPUT) != 0) continue;  // most values are not used
    not_finite_[i] = count_not_finite(dtype, inputs[i].data, n_elements);
    if (told || !not_finite_[i].any()) continue;
    runner_.log().write(AIR_LOG_WARNING, "input #{} '{}' has {} NaN and {} infinite among {} values", i + 1,
                        tensor.name, not_finite_[i].n_nan, not_finite_[i].n_inf, n_elements);
  }
}

void Session::check_outputs(uint64_t n_samples, std::span<const air_buffer> outputs, uint32_t io_mode) const {
  if (outputs.size() != model_.n_outputs) {
    fail(AIR_ERROR_INVALID_INPUT, "invalid output number -> {}, expected {}", outputs.size(), model_.n_outputs);
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    check_buffer(outputs[i], output_form(*model_.outputs[i], io_mode), n_samples, fmt::format("output #{}", i + 1),
                 true);
  }
}

std::span<const air_buffer> Session::own_outputs(uint64_t n_samples, uint32_t io_mode) {
  for (size_t i = 0; i < output_buffers_.size(); ++i) {
    const BufferForm form = output_form(*model_.outputs[i], io_mode);
    std::vector<int64_t> &shape = output_shapes_[i];
    shape.assign(form.shape.begin(), form.shape.end());
    if (shape.empty()) shape.push_back(1);
    shape[0] = static_cast<int64_t>(n_samples);
    const uint64_t size = checked_size(form.sample_bytes, n_samples);
    output_buffers_[i] = {output_blocks_[i].reserve(size), size, shape.data(), static_cast<uint32_t>(shape.size()),
                          form.dtype};
  }
  return output_buffers_;
}

void Session::invoke(uint64_t n_samples, std::span<const air_buffer> inputs, std::span<const air_buffer> outputs,
                     const air_invoke_options &options, const Look &look) {
  const Runner::Hold hold(runner_);
  check_options(n_samples, options);
  check_inputs(n_samples, inputs, options.io_mode);
  const uint32_t mode = granted_mode(options.mode);
  const bool wants_outputs = (mode & AIR_MODE_PERF_ONLY) == 0;
  if (!outputs.empty()) check_outputs(n_samples, outputs, options.io_mode);
  has_outputs_ = false;
  const bool keep = wants_outputs && outputs.empty();
  if (keep) outputs = own_outputs(n_samples, options.io_mode);
  lanes_.prepare(model_, inputs, wants_outputs ? outputs : std::span<const air_buffer>(), mode, options.io_mode);
  count_not_finite_inputs(n_samples, inputs, mode, options.io_mode);
  asked_mode_ = options.mode;
  Invocation(*this, lanes_, recorder_, n_samples, mode, options).run();
  has_outputs_ = keep;
  if (look) look(*recorder_.profile());
}

void Session::reset_states() {
  runner_.call(&air_backend::reset_states, "reset_states", index_);
}

void Session::fill_random(uint64_t n_samples, std::span<const air_buffer> inputs,
                          const air_random_options &options) const {
  if (n_samples == 0) fail(AIR_ERROR_INVALID_ARGUMENT, "n_samples is 0, expected at least 1");
  if (options.reserved != 0) fail(AIR_ERROR_INVALID_ARGUMENT, "air_random_options.reserved is not 0");
  const bool finite = std::isfinite(options.low) && std::isfinite(options.high);
  if (options.has_range != 0 && !(finite && options.low <= options.high)) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "range {}..{} is empty or without end", options.low, options.high);
  }
  check_inputs(n_samples, inputs, AIR_IO_QUANTIZE);
  RandomInputs random(options);
  for (size_t i = 0; i < inputs.size(); ++i) {
    air_tensor_info info = *model_.inputs[i];
    if (converts_input(info, inputs[i], AIR_IO_QUANTIZE)) info.dtype = AIR_DTYPE_FLOAT32;
    if (reinterpret_cast<uintptr_t>(inputs[i].data) % air_dtype_size(info.dtype) != 0) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "input #{} - data is not aligned for {}", i + 1, air_dtype_name(info.dtype));
    }
    random.fill(info, info.n_elements * n_samples, inputs[i].data);
  }
}

std::span<const air_buffer> Session::kept_outputs() const {
  const Runner::Hold hold(runner_);
  if (!has_outputs_) {
    fail(AIR_ERROR_NOT_FOUND,
         "no outputs are kept: the last invoke of this session failed, had output buffers or "
         "AIR_MODE_PERF_ONLY, or there was none");
  }
  return output_buffers_;
}

const air_profile &Session::profile() const {
  const Runner::Hold hold(runner_);
  const air_profile *profile = recorder_.profile();
  if (profile == nullptr) fail(AIR_ERROR_NOT_FOUND, "no profile: call air_invoke() first");
  return *profile;
}

}  // namespace air
