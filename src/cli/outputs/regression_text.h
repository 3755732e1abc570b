// SPDX-License-Identifier: BSD-3-Clause
// Documents of profiles for terminals: airunner.regression/1 and airunner.runs/1.
#pragma once

#include <string>

#include "airunner_report.h"
#include "common/json.h"

namespace air::cli {

std::string regression_text(const JsonView &regression, const air_text_options &layout);
std::string runs_text(const JsonView &runs, const air_text_options &layout);

// "1.20 ms, was 1.10 ms: +9.1 % (+8.0 to +10.2 %), limit 3 %": one quantity of airunner.regression/1.
std::string check_text(const JsonView &check);

}  // namespace air::cli
