// SPDX-License-Identifier: BSD-3-Clause
// What a metric can be at all: a limit outside can never be met, or never broken.
#pragma once

#include <span>
#include <string>

#include "airunner_report.h"

namespace air {

// "it is from 0 to 1" where that metric is never `value`, else "". Of the mean error the size counts, as in limits.
std::string impossible_for(air_metric metric, double value);

// "cos is never at least 0.99 and at most 0.5" where two limits of one metric have no value in common, else "".
std::string contradiction(std::span<const air_limit> limits);

}  // namespace air
