// SPDX-License-Identifier: BSD-3-Clause
// One model of a runner: checks what an invoke is given, runs it, makes its result.
#include "core/run/session.h"

#include <algorithm>

#include "common/not_finite.h"
#include "core/error.h"
#include "core/run/invocation.h"
#include "core/run/runner.h"
#include "core/values/convert.h"
#include "core/values/tensor.h"
#include "platform/machine/memory.h"

namespace air {
namespace {

constexpr uint32_t kKnownModes = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_FIXED_INPUT |
                                 AIR_MODE_PERF_ONLY | AIR_MODE_EVENTS_ONLY | AIR_MODE_PARTIAL | AIR_MODE_KEEP_INPUTS |
                                 AIR_MODE_UNTIMED | AIR_MODE_DEBUG;
constexpr uint32_t kKnownIoModes = AIR_IO_QUANTIZE | AIR_IO_DEQUANTIZE;

void check_can_be_given(const air_model &model) {
  if ((model.capabilities & AIR_CAP_GIVEN) != 0) return;
  fail(AIR_ERROR_UNSUPPORTED, "the nodes of model '{}' of backend {} cannot be given values (it lacks AIR_CAP_GIVEN)",
       model.name, model.backend);
}

void check_bits(const char *name, uint32_t given, uint32_t known) {
  if ((given & ~known) != 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "{} {:#x} has unknown bits {:#x}", name, given, given & ~known);
  }
}

// An option without effect is refused.
void check_options(const air_model &model, uint64_t n_samples, const air_invoke_options &options) {
  if (n_samples == 0) fail(AIR_ERROR_INVALID_ARGUMENT, "n_samples is 0, expected at least 1");
  check_bits("mode", options.mode, kKnownModes);
  check_bits("io_mode", options.io_mode, kKnownIoModes);
  if (options.reserved != 0) fail(AIR_ERROR_INVALID_ARGUMENT, "air_invoke_options.reserved is not 0");
  if (options.n_given > 0 && options.given == nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "given is NULL, expected the values of {} outputs of nodes", options.n_given);
  }
  const bool with_data = (options.mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0;
  for (const auto &[bit, name] : {std::pair(AIR_MODE_EVENTS_ONLY, "EVENTS_ONLY"), {AIR_MODE_UNTIMED, "UNTIMED"}}) {
    if ((options.mode & bit) == 0 || with_data) continue;
    fail(AIR_ERROR_INVALID_ARGUMENT, "AIR_MODE_{} has no effect without AIR_MODE_PER_LAYER_WITH_DATA", name);
  }
  if (options.n_keep_nodes > 0 && options.keep_nodes == nullptr) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "keep_nodes is NULL, expected {} indices", options.n_keep_nodes);
  }
  if (options.keep_nodes != nullptr && !with_data) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "keep_nodes has no effect without AIR_MODE_PER_LAYER_WITH_DATA");
  }
  for (const uint32_t node : std::span(options.keep_nodes, options.n_keep_nodes)) {
    if (node < model.n_nodes_told || model.n_nodes_told == 0) continue;
    fail(AIR_ERROR_INVALID_ARGUMENT, "keep_nodes names node {}, there are {}", node, model.n_nodes_told);
  }
}

Form output_form(const air_tensor &tensor, uint32_t io_mode) {
  return (io_mode & AIR_IO_DEQUANTIZE) != 0 ? float_form(tensor) : storage_form(tensor);
}

}  // namespace

Session::Session(Runner &runner, uint32_t index, DescribedModel described)
    : runner_(runner),
      index_(index),
      layer_batch_(described.layer_batch),
      recorder_(std::move(described)),
      model_(&recorder_.model()),
      pool_(std::make_shared<ResultPool>()),
      told_not_finite_(model().n_inputs) {}

void Session::trim() noexcept {
  pool_->trim();
  return_free_memory();
}

Session::~Session() {
  pool_->close();
}

void Session::publish_model() {
  if (!runner_.is_calling()) return;
  recorder_.renew_model();
  model_.store(&recorder_.model(), std::memory_order_release);
}

uint32_t Session::granted_mode(uint32_t mode) const noexcept {
  if ((mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0) mode |= AIR_MODE_PER_LAYER;
  if ((mode & AIR_MODE_PERF_ONLY) != 0) mode |= AIR_MODE_FIXED_INPUT;
  const uint32_t capabilities = model().capabilities;
  const bool data = (capabilities & AIR_CAP_PER_LAYER_DATA) != 0 && (mode & AIR_MODE_PERF_ONLY) == 0;
  if ((capabilities & AIR_CAP_PER_LAYER) == 0) mode &= ~AIR_MODE_PER_LAYER;
  if (!data || (mode & AIR_MODE_PER_LAYER) == 0)
    mode &= ~(AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_EVENTS_ONLY | AIR_MODE_UNTIMED);
  return mode;
}

void Session::check_inputs(const Request &request) const {
  const air_model &model = this->model();
  if (request.inputs.size() != model.n_inputs) {
    fail(AIR_ERROR_INVALID_INPUT, "{} inputs are given, expected {}", request.inputs.size(), model.n_inputs);
  }
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    const air_tensor &tensor = *model.inputs[i];
    const bool from_float = converts_input(tensor, request.inputs[i], request.options.io_mode);
    check_input(request.inputs[i], from_float ? float_form(tensor) : storage_form(tensor), request.n_samples, i);
  }
}

void Session::check_outputs(const Request &request) const {
  const air_model &model = this->model();
  if (request.outputs.size() != model.n_outputs) {
    fail(AIR_ERROR_INVALID_INPUT, "memory for {} outputs is given, expected {}", request.outputs.size(),
         model.n_outputs);
  }
  for (size_t i = 0; i < request.outputs.size(); ++i) {
    const Form form = output_form(*model.outputs[i], request.options.io_mode);
    check_output(request.outputs[i], form, request.n_samples, i);  // room for an open one is asked for sample by sample
  }
}

// Before anything is run.
void Session::check_conversions(const Request &request) const {
  const air_model &model = this->model();
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    if (converts_input(*model.inputs[i], request.inputs[i], request.options.io_mode)) check_is_known(*model.inputs[i]);
  }
  const bool dequantizes =
      (request.options.io_mode & AIR_IO_DEQUANTIZE) != 0 && (request.options.mode & AIR_MODE_PERF_ONLY) == 0;
  for (uint32_t i = 0; dequantizes && i < model.n_outputs; ++i) check_is_known(*model.outputs[i]);
}

// Such values spread through a network unseen: whoever gave them is told, once until an invoke is without.
void Session::count_not_finite_inputs(const Request &request, uint32_t mode, Result *result) {
  if ((mode & AIR_MODE_FIXED_INPUT) != 0) return;  // most values are not used
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    const air_tensor &tensor = *model().inputs[i];
    const air_input &input = request.inputs[i];
    const bool real = converts_input(tensor, input, request.options.io_mode);
    const air_dtype dtype = real ? AIR_DTYPE_FLOAT32 : tensor.dtype;
    const uint64_t n_elements = input.size_bytes * 8 / air_dtype_bits(dtype);
    const NotFinite found = count_not_finite(dtype, input.data, n_elements);
    if (result != nullptr) result->not_finite.push_back({found.n_nan, found.n_inf});
    const bool told = told_not_finite_[i];
    told_not_finite_[i] = found.any();
    if (told || !found.any()) continue;
    runner_.log().write(AIR_LOG_WARNING, "input #{} '{}' has {} NaN and {} infinite among {} values", i + 1,
                        tensor.name, found.n_nan, found.n_inf, n_elements);
  }
}

std::vector<Samples> *Session::outputs_of(const Request &request, uint32_t mode, Result *result) {
  if ((mode & AIR_MODE_PERF_ONLY) != 0) return nullptr;
  const air_model &model = this->model();
  const bool in_callers = !request.outputs.empty();
  std::vector<Samples> &outputs = in_callers          ? callers_outputs_
                                  : result != nullptr ? result->outputs
                                                      : passing_outputs_;
  outputs.resize(model.n_outputs);
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    const Form form = output_form(*model.outputs[i], request.options.io_mode);
    if (in_callers) {
      outputs[i].lie_in(request.outputs[i].data, request.outputs[i].size_bytes, form, request.n_samples);
    } else {
      outputs[i].prepare(form, result != nullptr ? request.n_samples : 1);
    }
  }
  return &outputs;
}

void Session::keep_inputs(const Request &request, Result &result) {
  result.inputs.resize(model().n_inputs);
  for (uint32_t i = 0; i < model().n_inputs; ++i) {
    result.inputs[i].prepare(storage_form(*model().inputs[i]), request.n_samples);
  }
}

void Session::run(const Request &request, uint32_t mode, Result *result) {
  const Runner::Hold hold(runner_, request.options.token, request.options.timeout_ms);
  const bool gives = request.options.given != nullptr;
  if (gives) given_.take(model(), {request.options.given, request.options.n_given}, request.n_samples);
  std::vector<Samples> *outputs = outputs_of(request, mode, result);
  if (result != nullptr && (mode & AIR_MODE_KEEP_INPUTS) != 0) keep_inputs(request, *result);
  transfers_.prepare(model(), request.inputs, outputs, mode, request.options.io_mode, outputs == &passing_outputs_);
  count_not_finite_inputs(request, mode, result);
  Invocation invocation(*this, hold, transfers_, gives ? &given_ : nullptr, recorder_, request, mode, result);
  const auto end = [&] {
    recorder_.end(invocation.elapsed_ns(), invocation.stopped());
    model_.store(&recorder_.model(), std::memory_order_release);
  };
  try {
    invocation.run();
  } catch (...) {
    end();
    throw;
  }
  end();
}

void Session::prepare(std::span<const uint32_t> nodes, const air_call &limits) {
  const Runner::Hold hold(runner_, limits.token, runner_.timeout_of(limits));
  check_can_be_given(model());
  Given::check_nodes(model(), nodes);
  std::vector<uint32_t> prepared(nodes.begin(), nodes.end());
  const air_prepare_request request = {
      .struct_size = sizeof(request),
      .n_nodes = static_cast<uint32_t>(nodes.size()),
      .nodes = nodes.data(),
      .deadline_ns = hold.deadline_ns(),
      .sink = const_cast<Runner::Hold *>(&hold),
      .check = [](void *sink) { return answered([&] { static_cast<Runner::Hold *>(sink)->check("prepare"); }); },
  };
  const Plugin &plugin = runner_.plugin();
  const air_status status =
      plugin.enter("prepare", [&] { return plugin.backend().prepare(runner_.connection(), index_, &request); });
  if (status == AIR_ERROR_CANCELLED) hold.check("prepare");  // a plugin only knows that it was interrupted
  if (status != AIR_OK) throw_backend_error(status, plugin.name(), "prepare");
  given_.prepare(std::move(prepared));
}

void Session::invoke(const Request &request, ResultHolder *out) {
  check_options(model(), request.n_samples, request.options);
  if (request.callbacks.reserved != 0) fail(AIR_ERROR_INVALID_ARGUMENT, "air_callbacks.reserved is not 0");
  check_inputs(request);
  if (!request.outputs.empty()) check_outputs(request);
  check_conversions(request);
  const uint32_t mode = granted_mode(request.options.mode);
  std::unique_ptr<Result> result = out == nullptr ? nullptr : pool_->take();
  try {
    run(request, mode, result.get());
  } catch (...) {
    const bool partial = (mode & AIR_MODE_PARTIAL) != 0 && result != nullptr && result->model != nullptr;
    if (partial) out->reset(result.release());
    if (!partial && result != nullptr) Result::release(result.release());
    throw;
  }
  if (out != nullptr) out->reset(result.release());
}

}  // namespace air
