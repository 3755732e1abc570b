// SPDX-License-Identifier: BSD-3-Clause
// Times on an HTML page: the three times of a call, and how the durations of runs are spread.
#pragma once

#include <vector>

#include "common/json.h"
#include "report/html/markup.h"

namespace air::report {

// Device, link and the rest of the host's time of a whole call, as one bar with its legend.
Html three_times(const JsonView &times);

// Table of percentiles of both series, and plots of the first where it is long enough.
Html spread_of_times(const std::vector<double> &device_ms, const std::vector<double> &whole_ms);

}  // namespace air::report
