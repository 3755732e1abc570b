// SPDX-License-Identifier: BSD-3-Clause
// Results of a caller's own: from a file, or from another runtime.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/values/result.h"
#include "core/values/tensor.h"

namespace air {
namespace {

[[noreturn]] void misfit(const std::string &what, std::string_view why) {
  fail(AIR_ERROR_INVALID_INPUT, "air_make_result: {}: {}", what, why);
}

enum class May { kBeStored, kBeReal };

// Outputs may be float32 of the logical shape; a result says which by its dtype.
bool is_dequantized(const air_view &view, const air_tensor &tensor) {
  return view.dtype == AIR_DTYPE_FLOAT32 &&
         (tensor.dtype != AIR_DTYPE_FLOAT32 || tensor.encoding != AIR_ENCODING_PLAIN);
}

// All samples have the dimensions of the view.
Form closed_form(const Form &open, const air_view &view, const std::string &what) {
  const std::span<const int64_t> given(view.shape, view.shape == nullptr ? 0 : view.rank);
  if (given.empty() || !is_of_shape(given.subspan(1), open.shape)) {
    misfit(what, fmt::format("shape {}, expected the samples and {}", shape_text(given), shape_text(open.shape)));
  }
  const std::span<const int64_t> shape = given.subspan(1);
  return {open.dtype, shape, bytes_of(open.dtype, checked_product(shape)).value_or(0)};
}

void copy_view(Samples &samples, const air_view &view, const air_tensor &tensor, uint64_t n_samples, May may,
               const std::string &what) {
  if (view.data == nullptr) return;
  const bool is_real = may == May::kBeReal && is_dequantized(view, tensor);
  Form form = is_real ? float_form(tensor) : storage_form(tensor);
  if (form.is_open()) form = closed_form(form, view, what);
  if (view.dtype != AIR_DTYPE_NONE && view.dtype != form.dtype) {
    misfit(what, fmt::format("dtype {}, expected {}", air_dtype_name(view.dtype), air_dtype_name(form.dtype)));
  }
  const auto expected = with_samples(form.shape, n_samples);
  const std::span<const int64_t> given(view.shape, view.rank);
  if (view.shape != nullptr && !std::ranges::equal(given, expected)) {
    misfit(what, fmt::format("shape {}, expected {}", shape_text(given), shape_text(expected)));
  }
  const uint64_t size = checked_size(form.sample_bytes, n_samples);
  if (view.size_bytes != size) misfit(what, fmt::format("{} bytes, expected {}", view.size_bytes, size));
  samples.prepare(form, n_samples);
  std::memcpy(samples.at(0), view.data, size);
}

void copy_views(std::vector<Samples> &list, const air_view *views, const air_tensor *const *tensors, uint32_t n,
                uint64_t n_samples, May may, const char *what) {
  if (views == nullptr) return;
  list.resize(n);
  for (uint32_t i = 0; i < n; ++i) {
    copy_view(list[i], views[i], *tensors[i], n_samples, may, fmt::format("{} {}", what, i));
  }
}

void copy_values(Result::Place &place, const double *const *values, uint32_t n_columns, uint64_t n_runs) {
  for (uint32_t i = 0; values != nullptr && i < n_columns; ++i) {
    for (uint64_t run = 0; values[i] != nullptr && run < n_runs; ++run) place.column(i).set(run, values[i][run]);
  }
}

void copy_notes(Result::Place &place, const char *const *notes, uint64_t n_runs) {
  for (uint64_t run = 0; notes != nullptr && run < n_runs; ++run) {
    place.note(run, notes[run] == nullptr ? "" : notes[run]);
  }
}

void copy_node(Result &result, const air_result_parts &parts, uint32_t index) {
  const air_node &node = *parts.model->nodes[index];
  Result::Place &place = result.node(index);
  if (parts.node_outputs != nullptr) {
    copy_views(place.data, parts.node_outputs[index], node.outputs, node.n_outputs, parts.profile->n_samples,
               May::kBeStored, fmt::format("node {}, output", index).c_str());
  }
  if (parts.node_values != nullptr) {
    copy_values(place, parts.node_values[index], parts.model->n_columns, parts.profile->n_runs);
  }
  if (parts.node_notes != nullptr) copy_notes(place, parts.node_notes[index], parts.profile->n_runs);
}

}  // namespace

std::unique_ptr<Result> make_result(const air_result_parts &parts) {
  if (parts.model == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_result_parts.model is NULL");
  if (parts.profile == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "air_result_parts.profile is NULL");
  if (parts.reserved != 0) fail(AIR_ERROR_INVALID_ARGUMENT, "air_result_parts.reserved is not 0");
  const air_profile &profile = *parts.profile;
  const air_model &model = *parts.model;
  if (profile.n_not_finite > 0 && profile.n_not_finite != model.n_inputs) {
    misfit("profile", fmt::format("n_not_finite is {}, the model has {} inputs", profile.n_not_finite, model.n_inputs));
  }
  if (profile.n_not_finite > 0 && profile.not_finite == nullptr) misfit("profile", "not_finite is NULL");
  auto result = std::make_unique<Result>();
  result->model = shared(static_cast<const Model &>(model));
  result->profile = profile;
  result->profile.repeat = std::max(profile.repeat, 1u);
  result->not_finite.assign(profile.not_finite, profile.not_finite + profile.n_not_finite);
  copy_views(result->inputs, parts.inputs, model.inputs, model.n_inputs, profile.n_samples, May::kBeStored, "input");
  copy_views(result->outputs, parts.outputs, model.outputs, model.n_outputs, profile.n_samples, May::kBeReal, "output");
  copy_values(result->whole, parts.values, model.n_columns, profile.n_runs);
  copy_notes(result->whole, parts.notes, profile.n_runs);
  for (uint32_t i = 0; i < model.n_nodes; ++i) copy_node(*result, parts, i);
  result->profile.device_ms = result->whole.sum(find_column(model, "time.device"));
  const double link_ms = result->whole.sum(find_column(model, "time.link"));
  result->profile.link_ms = std::isnan(link_ms) ? 0 : link_ms;
  result->finish(profile.n_runs, profile.n_samples);
  return result;
}

}  // namespace air
