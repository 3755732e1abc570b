// SPDX-License-Identifier: BSD-3-Clause
// Whether what was measured has grown beyond its limit.
#include "report/regression/judge.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "common/nearest.h"
#include "report/regression/family.h"

namespace air::report {
namespace {

// With so many runs, what is as far from its limit as it seems is told in 95 of 100 cases.
constexpr double kZOfPower = 1.6448536269515;
// Ranks need a little more runs than means do where these are best.
constexpr double kOfRanks = 3 / 3.14159265358979;
// Least distance from the limit that runs are asked for.
constexpr double kLeastPart = 0.25, kLeastDistance = 0.00125;
constexpr double kEqual = 1e-9;  // rounding of parts

const Quantity kAllMemory = {Place::kMemory, "", ""};

bool is_positive(const Values &values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
}

// Every run has a value of it.
bool is_decidable(const Measure &measure, const Measures &all) {
  return measure.baseline.size() == all.baseline().size() && measure.current.size() == all.current().size();
}

// The step to compare by, where a ratio tells nothing: values of 0 have none, and of a node that takes few ticks of the clock one tick is more
// than its limit allows. The network is not excused so: samples that are too short for the clock are the user's to batch.
std::optional<double> step_of(const Check &check, double step) {
  const Measure &measure = check.measure;
  if (check.exact) return {};
  if (!is_positive(measure.baseline) || !is_positive(measure.current)) return step;
  if (!check.limit || measure.quantity.place != Place::kNode) return {};
  return std::abs(check.limit->part) * median(measure.baseline) < step ? std::optional(step) : std::nullopt;
}

// What a difference of 1 stands for between values that are compared by steps.
double unit_of(const Check &check) {
  if (*check.step > 0) return *check.step;
  double largest = 0;
  for (const Values *values : {&check.measure.baseline, &check.measure.current}) {
    for (const double value : *values) largest = std::max(largest, std::abs(value));
  }
  return largest > 0 ? largest : 1;
}

// Logarithms, or steps.
Runs compared(const Check &check, const Measures &all) {
  const auto of = [&](Values values) {
    const double unit = check.step ? unit_of(check) : 1;
    for (double &value : values) value = check.step ? value / unit : std::log(value);
    return values;
  };
  return {of(check.measure.baseline), of(check.measure.current), all.in_turns()};
}

// Among what is compared; as many steps as no change can be told from.
double limit_of(const Check &check) {
  if (check.step) return *check.step > 0 ? 1 : 0;
  return std::log1p(check.limit->part);
}

// A difference among what is compared as a part of the baseline.
double part_of(const Check &check, double difference) {
  if (!check.step) return std::expm1(difference);
  const double before = median(check.measure.baseline);
  return before > 0 ? difference * unit_of(check) / before : kNotKnown;
}

Change change_of(const Check &check, const Shift &shift, const Level &level) {
  const Bounds bounds = shift.bounds(level);
  const double confidence = std::isnan(bounds.low) ? kNotKnown : 1 - 2 * level.chance;
  return {part_of(check, shift.estimate()),
          {part_of(check, bounds.low), part_of(check, bounds.high)},
          confidence,
          shift.slower_pairs()};
}

// Runs of each side that are likely to tell; nothing when there is no such number.
std::optional<size_t> runs_needed(const Shift &shift, double scatter, double limit, size_t there, bool in_turns) {
  if (there < kLeastRuns) return kLeastRuns;
  const size_t least = in_turns ? std::max(there + 1, kLeastPairs) : there + 1;
  const double distance = std::max({std::abs(shift.estimate() - limit), kLeastPart * std::abs(limit), kLeastDistance});
  const double z = (shift.estimate() > limit ? kOfRegression.z : kOfNone.z) + kZOfPower;
  const double part = scatter * z / distance;
  const double needed = std::max(std::ceil(2 * part * part / kOfRanks), static_cast<double>(least));
  if (needed <= static_cast<double>(kMostRuns)) return static_cast<size_t>(needed);
  // The estimate itself is of few runs: three times as many may show it in another place.
  return there < kMostRuns ? std::optional(std::min(3 * there, kMostRuns)) : std::nullopt;
}

void decide_exact(Check &check) {
  const double before = *std::max_element(check.measure.baseline.begin(), check.measure.baseline.end());
  const double now = *std::max_element(check.measure.current.begin(), check.measure.current.end());
  if (before > 0) check.change = {now / before - 1, {}, kNotKnown, now > before ? 1.0 : now < before ? 0.0 : 0.5};
  if (!check.limit) return;
  check.outcome = now > before * (1 + check.limit->part) * (1 + kEqual) ? Outcome::kRegression : Outcome::kWithin;
}

bool is_beyond(const Check &check, const Shift &shift, const Level &level) {
  return shift.bounds(level).low > limit_of(check) + kEqual;
}

// Beyond its limit if it were the only one: among several that says less.
bool is_by_chance(const Check &check, const Shift &shift, const Level &level) {
  return check.chance > level.chance && is_beyond(check, shift, level);
}

Change without_bounds(Change change) {
  change.bounds = {};
  change.confidence = kNotKnown;
  return change;
}

// The bounds beside an outcome are those of its rule.
void decide_by(Check &check, const Shift &shift, const Level &level) {
  if (is_beyond(check, shift, level) && !is_by_chance(check, shift, level)) check.outcome = Outcome::kRegression;
  if (shift.bounds(kOfNone).high > limit_of(check) + kEqual) return;
  check.outcome = Outcome::kWithin;
  check.change = change_of(check, shift, kOfNone);
}

// What a run has no value of cannot be told.
void decide(Check &check, const Measures &all) {
  const Measure &measure = check.measure;
  if (check.limit) check.outcome = Outcome::kOpen;
  const Runs runs = compared(check, all);
  const Shift shift(runs);
  const size_t there = std::min(runs.baseline.size(), runs.current.size());
  const double own_scatter = scatter(runs);
  check.scatter = check.step ? part_of(check, own_scatter) : own_scatter;
  const Level &level = level_of_regression(there);
  check.change = change_of(check, shift, level);
  if (!check.limit) return;
  const bool is_told = there >= kLeastRuns && is_decidable(measure, all);
  if (is_told) decide_by(check, shift, level);
  if (!is_told || is_by_chance(check, shift, level)) check.change = without_bounds(check.change);
  if (check.outcome == Outcome::kOpen && is_decidable(measure, all))
    check.runs_needed = runs_needed(shift, own_scatter, limit_of(check), there, runs.in_turns);
}

// Quantities of one place are looked at together: what one of many does by chance is no regression of it.
void add_chances(std::vector<Check> &checks, const Measures &all, Place place) {
  std::vector<Check *> family;
  std::vector<Runs> quantities;
  for (Check &check : checks) {
    if (check.measure.quantity.place != place || !check.limit || !is_decidable(check.measure, all)) continue;
    family.push_back(&check);
    quantities.push_back(compared(check, all));
  }
  if (family.size() < 2) return;
  const std::vector<double> chances = chances_in_family(quantities);
  for (size_t i = 0; i < chances.size(); ++i) family[i]->chance = chances[i];
}

// What there is to limit at a place: statistics, and columns that were measured; of memory the kinds that both sides tell.
std::vector<std::string> known_at(const Measures &measures, Place place) {
  std::vector<std::string> known = place == Place::kMemory ? std::vector<std::string>() : statistic_names();
  for (const std::string &column : measures.columns(place)) known.push_back(column);
  if (place != Place::kMemory) return known;
  for (const Measure &measure : measures.of(kAllMemory)) known.push_back(measure.quantity.column);
  return known;
}

void refuse_without_effect(const Measures &measures, const Growth &limit) {
  const Quantity &of = limit.of;
  const std::vector<std::string> known = known_at(measures, of.place);
  const std::string missing = of.column.empty() ? of.key() : of.column;
  fail(AIR_ERROR_INVALID_INPUT, "limit {} applies to nothing that both sides have measured{}: {}; there {}", of.key(),
       did_you_mean(missing, known),
       of.place == Place::kMemory ? fmt::format("neither tells {}", of.column.empty() ? "its memory" : of.column)
       : !of.column.empty()       ? fmt::format("{} is neither a statistic nor a column", of.column)
       : of.place == Place::kNode ? "nodes have times with --mode per-layer"
                                  : "there are times of the device only where the runtime tells them",
       known.empty() ? "is nothing else" : fmt::format("are {}", fmt::join(known, ", ")));
}

// Shown whether or not there is a limit.
std::vector<Quantity> shown(const Measures &measures) {
  std::vector<Quantity> all = {{Place::kNetwork, "", "p50"}, {Place::kNode, "", "p50"}, kAllMemory};
  for (const std::string &name : measures.columns(Place::kNetwork)) all.push_back({Place::kNetwork, name, "p50"});
  return all;
}

bool has_memory(const std::vector<Check> &checks, const Quantity &quantity) {
  return quantity.place == Place::kMemory && std::any_of(checks.begin(), checks.end(), [&](const Check &check) {
           return check.measure.quantity == quantity;
         });
}

}  // namespace

std::vector<Check> judge(const Measures &measures, std::span<const Growth> limits, bool are_given) {
  std::vector<Check> checks;
  const auto add = [&](const Quantity &quantity, const std::optional<Growth> &limit) {
    const std::vector<Measure> found = measures.of(quantity);
    const double step = found.empty() ? 0 : measures.step(quantity);
    for (const Measure &measure : found) {
      if (has_memory(checks, measure.quantity)) continue;
      checks.push_back({measure, limit, quantity.place == Place::kMemory});
      checks.back().step = step_of(checks.back(), step);
    }
    return !found.empty();
  };
  // A limit of one kind of memory goes before that of all.
  std::vector<Growth> ordered(limits.begin(), limits.end());
  std::stable_partition(ordered.begin(), ordered.end(), [](const Growth &limit) { return limit.of != kAllMemory; });
  for (const Growth &limit : ordered) {
    if (!add(limit.of, limit) && (are_given || limit.of.place == Place::kNetwork))
      refuse_without_effect(measures, limit);
  }
  for (const Quantity &quantity : shown(measures)) {
    const bool has_limit =
        std::any_of(limits.begin(), limits.end(), [&](const Growth &limit) { return limit.of == quantity; });
    if (!has_limit) add(quantity, {});
  }
  for (const Place place : {Place::kNetwork, Place::kNode}) add_chances(checks, measures, place);
  for (Check &check : checks) check.exact ? decide_exact(check) : decide(check, measures);
  std::stable_sort(checks.begin(), checks.end(),
                   [](const Check &a, const Check &b) { return a.measure.quantity.place < b.measure.quantity.place; });
  return checks;
}

Outcome verdict(std::span<const Check> checks) {
  const auto any = [&](Outcome outcome) {
    return std::any_of(checks.begin(), checks.end(), [&](const Check &check) {
      return check.outcome == outcome && (outcome == Outcome::kRegression || check.limit->required);
    });
  };
  return any(Outcome::kRegression) ? Outcome::kRegression : any(Outcome::kOpen) ? Outcome::kOpen : Outcome::kWithin;
}

}  // namespace air::report
