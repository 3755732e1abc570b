// SPDX-License-Identifier: BSD-3-Clause
// The clock that times were taken with, as they show it themselves.
#pragma once

#include <set>
#include <span>
#include <string>

namespace air::report {

// The largest part of all values, which are told in millionths: nanoseconds of times. 0 for values that are no whole number of them, and for
// fewer different ones than could be so by chance.
double common_step(const std::set<double> &values);

// Where a tick is large against what nodes take, by all their times and the median of each, in ms; "" where it is not. A median is then a whole
// number of ticks, mostly 0 or 1, whatever the node takes.
std::string coarse_clock_text(const std::set<double> &times, std::span<const double> medians);

}  // namespace air::report
