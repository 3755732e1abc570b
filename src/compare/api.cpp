// SPDX-License-Identifier: BSD-3-Clause
// Public functions of files of results and of comparisons.
#include <array>
#include <memory>
#include <string>

#include "common/error.h"
#include "common/struct_size.h"
#include "compare/comparison.h"
#include "compare/file.h"
#include "compare/golden/golden.h"
#include "compare/inputs.h"
#include "report/boundary.h"

using air::guarded;
using air::required;

namespace {

std::string file_name(const char *path) {
  if (required(path, "path") == '\0') air::fail(AIR_ERROR_INVALID_ARGUMENT, "path is \"\", expected that of a file");
  return path;
}

}  // namespace

air_status air_save_result(const air_result *result, const char *path) {
  return guarded([&] { air::save_result(required(result, "result"), file_name(path)); });
}

air_status air_load_result(const char *path, const air_result **out_result) {
  return guarded([&] {
    const air_result *&out = required(out_result, "out_result");
    out = air_retain_result(air::load_result(file_name(path)).get());
  });
}

air_status air_convert_inputs(const air_session *session, const air_result *result, air_input_set **out_set) {
  return guarded([&] {
    air_input_set *&out = required(out_set, "out_set");
    required(session, "session");
    out = air::convert_inputs(*session, required(result, "result")).release();
  });
}

air_status air_make_golden(const air_model *model, const air_array *arrays, uint32_t n_arrays, const air_result *inputs,
                           const char *origin, const air_result **out_result) {
  return guarded([&] {
    const air_result *&out = required(out_result, "out_result");
    required(model, "model");
    if (n_arrays > 0) required(arrays, "arrays");
    const char *told_origin = origin == nullptr ? "" : origin;
    out = air_retain_result(air::make_golden(*model, {arrays, n_arrays}, inputs, told_origin).get());
  });
}

const char *air_metric_name(air_metric metric) {
  constexpr std::array<const char *, air::kMetrics> names = {"acc", "rmse", "mae", "l2r",      "mean",
                                                             "std", "nse",  "cos", "max_error"};
  const auto index = static_cast<size_t>(metric);
  return index < names.size() ? names.at(index) : nullptr;
}

const char *air_verdict_name(air_verdict verdict) {
  constexpr std::array<const char *, 8> names = {"unmatched", "equal",    "rounding",  "quantization",
                                                 "diverges",  "affected", "own error", "no data"};
  const auto index = static_cast<size_t>(verdict);
  return index < names.size() ? names.at(index) : "unknown";
}

air_status air_compare(const air_result *reference, const air_result *other, const air_compare_options *options,
                       const air_comparison **out_comparison) {
  return guarded([&] {
    required(reference, "reference");
    required(other, "other");
    const air_comparison *&out = required(out_comparison, "out_comparison");
    const auto read = air::read_struct(options, air_compare_options{}, "air_compare_options",
                                       AIR_SIZE_UP_TO(air_compare_options, n_samples));
    out = std::make_unique<air::Comparison>(*reference, *other, read).release();
  });
}

const air_comparison *air_retain_comparison(const air_comparison *comparison) {
  if (comparison != nullptr) static_cast<const air::Comparison *>(comparison)->retain();
  return comparison;
}

void air_release_comparison(const air_comparison *comparison) {
  if (comparison != nullptr) static_cast<const air::Comparison *>(comparison)->release();
}
