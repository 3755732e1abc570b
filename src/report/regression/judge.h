// SPDX-License-Identifier: BSD-3-Clause
// Whether what was measured has grown beyond its limit: yes, no, or not to be told from so few runs.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "report/regression/limits.h"
#include "report/regression/measures.h"
#include "report/regression/ranks.h"

namespace air::report {

// A decision counts whole runs: values within one are not independent of one another.
constexpr size_t kLeastRuns = 5;
// Nobody makes more than that; when they would be needed, that is said instead.
constexpr size_t kMostRuns = 100;

enum class Outcome { kWithin, kRegression, kOpen };

// By what part it has grown.
struct Change {
  double part = kNotKnown;
  // Those that the outcome was decided by, and how sure both are; not known from too few runs, and where `chance` decided.
  Bounds bounds;
  double confidence = kNotKnown;
  double slower_pairs = kNotKnown;  // as Shift::slower_pairs()
};

struct Check {
  Measure measure;
  std::optional<Growth> limit;
  bool exact = false;                   // memory: the largest of all runs counts
  std::optional<double> step = {};      // as Measures::step(), where values are compared by their differences
  Change change = {};                   // not known where half of the baseline is 0 or less
  double scatter = kNotKnown;           // of runs of one side, as part of the value
  double chance = kNotKnown;            // of several with limits: that any looks so when nothing has changed
  std::optional<Outcome> outcome = {};  // with a limit
  std::optional<size_t> runs_needed =
      {};  // of each side, where it is open; none when they would be more than kMostRuns
};

// All that has a limit; and times, columns and memory without one. Throws AIR_ERROR_INVALID_INPUT for a limit that applies to nothing.
std::vector<Check> judge(const Measures &measures, std::span<const Growth> limits, bool are_given);

// Of all: a regression before what stays open, of which only what is required counts.
Outcome verdict(std::span<const Check> checks);

}  // namespace air::report
