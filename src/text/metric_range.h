// SPDX-License-Identifier: BSD-3-Clause
// What a metric can be at all: a limit outside can never be met, or never broken.
#pragma once

#include <span>
#include <string>

#include "airunner_report.h"

namespace air {

// "it is from 0 to 1" where that metric is never `value`, else "". Of the mean error the size counts, as in limits.
std::string impossible_for(air_metric metric, double value);

// "larger is better" where the one bound of a limit is against that, so that an output gets within by being worse, else "". A mean error has two sides.
std::string wrong_way(const air_limit &limit);

// "mean is never at least 5 and at most 1" where two limits of one metric have no value in common, else "".
std::string contradiction(std::span<const air_limit> limits);

}  // namespace air
