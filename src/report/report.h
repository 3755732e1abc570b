// SPDX-License-Identifier: BSD-3-Clause
// Reports: what a runner knows about a model or measured at it, as tables for people, JSON and CSV.
// Knows the read-only structs of the public header only.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "airunner.h"
#include "common/not_finite.h"

namespace air::report {

// Where a model was reached, and the mode that was asked for; part of every report.
struct RunnerTexts {
  std::string descriptor;
  std::string backend;
  uint32_t asked_mode = 0;  // air_mode bits
};

// What each input of the run was given; none where it is not known.
using NotFiniteInputs = std::span<const NotFinite>;

// All of them throw std::bad_alloc only. Texts of the structs need not be valid UTF-8; the reports always are.

// JSON documents, keys as in docs/json.md. `flags` are air_json_flags.
std::string info_to_json(const air_model_info &info, const RunnerTexts &runner, uint32_t flags);
std::string profile_to_json(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner,
                            uint32_t flags, NotFiniteInputs inputs = {});

// Tables. They end with a newline; no line is wider than options.width, down to 40 columns.
std::string info_to_text(const air_model_info &info, const RunnerTexts &runner, const air_text_options &options);
std::string profile_to_text(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner,
                            const air_text_options &options, NotFiniteInputs inputs = {});

// RFC 4180: one line per node, or one line for the whole model without nodes.
std::string profile_to_csv(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner = {});

// Trace event format: tracks for host, link and device, nodes within their sample.
std::string profile_to_trace(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner);
// Two captures compared; the comparison and its captures are the public structs.
std::string comparison_to_json(const air_comparison &comparison, uint32_t flags);
std::string comparison_to_text(const air_comparison &comparison, const air_text_options &options);

// Summary of a series as air_get_statistics() promises it; all zero for an empty one, all NaN when a value is NaN.
air_statistics statistics(const double *values, uint64_t count);

}  // namespace air::report
