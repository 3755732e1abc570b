// SPDX-License-Identifier: BSD-3-Clause
// Public functions that turn models, results and comparisons into texts, and series into summaries.
#include <cstdlib>
#include <span>

#include "common/struct_size.h"
#include "report/boundary.h"
#include "report/html/page.h"
#include "report/measured.h"
#include "report/regression/document.h"
#include "report/report.h"
#include "report/value_statistics.h"

using air::guarded;
using air::required;
using air::report::check;

namespace {

// The body of a function that gives out the text that `make` makes.
template <class Make>
air_status give(char **out_text, Make make) {
  return guarded([&] {
    char *&out = required(out_text, "out_text");
    out = air::copy_text(make());
  });
}

void check_flags(uint32_t flags, uint32_t known) {
  if ((flags & ~known) != 0)
    air::fail(AIR_ERROR_INVALID_ARGUMENT, "flags {:#x} has unknown bits {:#x}", flags, flags & ~known);
}

air_text_options read(const air_text_options *options) {
  return air::read_struct(options, air_text_options{.struct_size = sizeof(air_text_options)}, "air_text_options",
                          AIR_SIZE_UP_TO(air_text_options, verbose));
}

std::span<const air_document> documents_of(const air_document *documents, uint32_t count, const char *name) {
  if (count == 0) air::fail(AIR_ERROR_INVALID_ARGUMENT, "n_{} is 0, expected at least 1", name);
  required(documents, name);
  for (const air_document &document : std::span(documents, count)) {
    if (document.json == nullptr) air::fail(AIR_ERROR_INVALID_ARGUMENT, "{}[].json is NULL", name);
  }
  return {documents, count};
}

}  // namespace

air_status air_get_statistics(const double *values, uint64_t count, air_statistics *out) {
  return guarded([&] {
    if (count > 0) required(values, "values");
    const air_statistics known = air::report::statistics({values, static_cast<size_t>(count)});
    required(out, "out") = known.count > 0 ? known : air_statistics{};
  });
}

air_status air_get_value_statistics(const air_tensor *tensor, uint64_t n_samples, const void *storage,
                                    air_value_statistics *out) {
  return guarded([&] {
    air_value_statistics &result = required(out, "out");
    float none = 0;
    check(air_dequantize(tensor, 0, storage, &none));  // tells what is wrong with the tensor
    const air::report::Samples samples{*tensor, n_samples, storage};
    result = air::report::value_statistics(std::span(&samples, 1));
  });
}

air_status air_model_to_json(const air_model *model, uint32_t flags, char **out_text) {
  return give(out_text, [&] {
    check_flags(flags, AIR_JSON_COMPACT | AIR_JSON_DATA);
    return air::report::model_to_json(required(model, "model"), flags);
  });
}

air_status air_model_to_text(const air_model *model, const air_text_options *options, char **out_text) {
  return give(out_text, [&] { return air::report::model_to_text(required(model, "model"), read(options)); });
}

air_status air_result_to_json(const air_result *result, uint32_t flags, char **out_text) {
  return give(out_text, [&] {
    check_flags(flags, AIR_JSON_COMPACT | AIR_JSON_DATA);
    return air::report::result_to_json(&required(result, "result"), flags);
  });
}

air_status air_result_to_text(const air_result *result, const air_text_options *options, char **out_text) {
  return give(out_text, [&] { return air::report::result_to_text(&required(result, "result"), read(options)); });
}

air_status air_result_to_csv(const air_result *result, char **out_text) {
  return give(out_text, [&] { return air::report::result_to_csv(&required(result, "result")); });
}

air_status air_result_to_trace(const air_result *result, char **out_text) {
  return give(out_text, [&] { return air::report::result_to_trace(&required(result, "result")); });
}

air_status air_comparison_to_json(const air_comparison *comparison, uint32_t flags, char **out_text) {
  return give(out_text, [&] {
    check_flags(flags, AIR_JSON_COMPACT);
    return air::report::comparison_to_json(required(comparison, "comparison"), flags);
  });
}

air_status air_comparison_to_text(const air_comparison *comparison, const air_text_options *options, char **out_text) {
  return give(out_text,
              [&] { return air::report::comparison_to_text(required(comparison, "comparison"), read(options)); });
}

air_status air_compare_profiles(const air_document *baseline, uint32_t n_baseline, const air_document *current,
                                uint32_t n_current, const air_regression_options *options, uint32_t flags,
                                char **out_text) {
  return give(out_text, [&] {
    check_flags(flags, AIR_JSON_COMPACT);
    const auto before = documents_of(baseline, n_baseline, "baseline");
    const auto now = documents_of(current, n_current, "current");
    const auto read = air::read_struct(options, air_regression_options{}, "air_regression_options",
                                       AIR_SIZE_UP_TO(air_regression_options, limits));
    if (read.n_limits > 0) required(read.limits, "limits");
    const std::span limits(read.limits, read.n_limits);
    for (const char *limit : limits) required(limit, "limits[]");
    return air::report::compare_profiles(before, now, limits, flags);
  });
}

air_status air_render_html(const air_document *documents, uint32_t n_documents, char **out_text) {
  return give(out_text, [&] { return air::report::html_page(documents_of(documents, n_documents, "documents")); });
}

void air_free_text(char *text) {
  std::free(text);
}
