// SPDX-License-Identifier: BSD-3-Clause
// Profiles against profiles of before, as a document of docs/json.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "airunner_report.h"

namespace air::report {

// airunner.regression/1. `limits` as of air_regression_options; `flags` are AIR_JSON_... bits.
std::string compare_profiles(std::span<const air_document> baseline, std::span<const air_document> current,
                             std::span<const char *const> limits, uint32_t flags);

}  // namespace air::report
