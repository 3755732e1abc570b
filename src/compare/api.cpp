// SPDX-License-Identifier: BSD-3-Clause
// Public functions of captures and their comparison.
#include <array>

#include "boundary.h"
#include "compare/capture.h"
#include "compare/comparison.h"
#include "report.h"
#include "common/struct_size.h"

using air::guarded;
using air::object;
using air::required;

namespace {

air_invoke_options read_options(const air_invoke_options *options) {
  air_invoke_options defaults = AIR_INVOKE_OPTIONS_INIT;
  defaults.mode = AIR_MODE_PER_LAYER_WITH_DATA;
  return air::read_struct(options, defaults, "air_invoke_options");
}

const air::Comparison &object(const air_comparison *comparison) {
  return static_cast<const air::Comparison &>(required(comparison, "comparison"));
}

}  // namespace

air_status air_record_capture(air_session *session, uint64_t n_samples, const air_buffer *inputs, uint32_t n_inputs,
                              const air_invoke_options *options, const air_capture **out_capture) {
  return guarded([&] {
    air::Session &owner = object(session);
    const air_capture *&out = required(out_capture, "out_capture");
    if (n_inputs > 0) required(inputs, "inputs");
    out = air::record_capture(owner, n_samples, {inputs, n_inputs}, read_options(options)).release();
  });
}

air_status air_repeat_capture(air_session *session, const air_capture *capture, const air_invoke_options *options,
                              const air_capture **out_capture) {
  return guarded([&] {
    air::Session &owner = object(session);
    const air_capture *&out = required(out_capture, "out_capture");
    out = air::repeat_capture(owner, required(capture, "capture"), read_options(options)).release();
  });
}

air_status air_save_capture(const air_capture *capture, const char *path) {
  return guarded([&] {
    const auto &owner = static_cast<const air::Capture &>(required(capture, "capture"));
    air::write_npz(&required(path, "path"), owner.arrays());
  });
}

air_status air_load_capture(const char *path, const air_capture **out_capture) {
  return guarded([&] {
    const air_capture *&out = required(out_capture, "out_capture");
    out = std::make_unique<air::Capture>(std::string(&required(path, "path"))).release();
  });
}

void air_free_capture(const air_capture *capture) {
  const std::unique_ptr<const air::Capture> owned(static_cast<const air::Capture *>(capture));
}

const char *air_metric_name(air_metric metric) {
  constexpr std::array<const char *, air::kMetrics> names = {"acc", "rmse", "mae", "l2r",      "mean",
                                                             "std", "nse",  "cos", "max_error"};
  const auto index = static_cast<size_t>(metric);
  return index < names.size() ? names.at(index) : nullptr;
}

const char *air_verdict_name(air_verdict verdict) {
  constexpr std::array<const char *, 6> names = {"unmatched",    "equal",    "rounding",
                                                 "quantization", "diverges", "affected"};
  const auto index = static_cast<size_t>(verdict);
  return index < names.size() ? names.at(index) : "unknown";
}

air_status air_compare_captures(const air_capture *reference, const air_capture *other,
                                const air_compare_options *options, const air_comparison **out_comparison) {
  return guarded([&] {
    required(reference, "reference");
    required(other, "other");
    const air_comparison *&out = required(out_comparison, "out_comparison");
    const auto read = air::read_struct(options, air_compare_options AIR_COMPARE_OPTIONS_INIT, "air_compare_options");
    out = std::make_unique<air::Comparison>(*reference, *other, read).release();
  });
}

void air_free_comparison(const air_comparison *comparison) {
  const std::unique_ptr<const air::Comparison> owned(static_cast<const air::Comparison *>(comparison));
}

air_status air_comparison_to_json(const air_comparison *comparison, uint32_t flags, char **out_text) {
  return guarded([&] {
    char *&out = required(out_text, "out_text");
    if ((flags & ~uint32_t{AIR_JSON_COMPACT}) != 0) {
      air::fail(AIR_ERROR_INVALID_ARGUMENT, "flags {:#x}: only AIR_JSON_COMPACT is known here", flags);
    }
    out = air::copy_text(air::report::comparison_to_json(object(comparison), flags));
  });
}

air_status air_comparison_to_text(const air_comparison *comparison, const air_text_options *options, char **out_text) {
  return guarded([&] {
    char *&out = required(out_text, "out_text");
    const auto read = air::read_struct(options, air_text_options AIR_TEXT_OPTIONS_INIT, "air_text_options");
    out = air::copy_text(air::report::comparison_to_text(object(comparison), read));
  });
}
