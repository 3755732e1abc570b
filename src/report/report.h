// SPDX-License-Identifier: BSD-3-Clause
// Reports: what is known of a model or was measured at it, as tables for people, JSON and CSV. Over the public ABI alone.
#pragma once

#include <cstdint>
#include <string>

#include "airunner_report.h"

namespace air::report {

// They throw std::bad_alloc, or backend::Recorded (check() of boundary.h). Texts of the values need not be valid UTF-8; the reports always are.

// JSON documents, keys as in docs/json.md. `flags` are AIR_JSON_... bits.
std::string model_to_json(const air_model &model, uint32_t flags);
std::string result_to_json(const air_result *result, uint32_t flags);
std::string comparison_to_json(const air_comparison &comparison, uint32_t flags);

// Tables. They end with a newline; no line is wider than options.width, down to 40 columns.
std::string model_to_text(const air_model &model, const air_text_options &options);
std::string result_to_text(const air_result *result, const air_text_options &options);
std::string comparison_to_text(const air_comparison &comparison, const air_text_options &options);

// RFC 4180: one line per node, or one line for the whole model without nodes.
std::string result_to_csv(const air_result *result);

// Trace event format: tracks for host, link and device, nodes within their sample.
std::string result_to_trace(const air_result *result);

}  // namespace air::report
