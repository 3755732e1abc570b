// SPDX-License-Identifier: BSD-3-Clause
// What the comparison of profiles says to people.
#include "report/regression/words.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "report/regression/identity.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

constexpr size_t kMostNames = 5;

bool is_open(const Check &check) {
  return check.outcome == Outcome::kOpen && check.limit->required;
}

// Five runs of it and more, whose bounds are not what decides.
bool is_by_chance(const Check &check) {
  const size_t there = std::min(check.measure.baseline.size(), check.measure.current.size());
  return there >= kLeastRuns && !std::isnan(check.chance) && std::isnan(check.change.confidence);
}

std::string title_of(const Check &check) {
  const std::string key = check.measure.quantity.key();
  return check.measure.node ? fmt::format("{} of {}", key, *check.measure.node) : key;
}

// "1.000 µs", in place of a limit that is less.
std::string step_text(const Check &check) {
  const std::string &unit = check.measure.unit;
  return unit == "ms" ? time_text(*check.step) : fmt::format("{:g} {}", *check.step, unit);
}

// "p50 is +5.1 % (+4.0 to +6.2 %), limit +3 %"
std::string change_text(const Check &check) {
  std::string text = title_of(check);
  const Change &change = check.change;
  if (!std::isnan(change.part)) text += fmt::format(" {:+.1f} %", change.part * 100);
  if (const Bounds &bounds = change.bounds; !std::isnan(bounds.low)) {
    const bool by_part = check.limit && !check.step;
    text += fmt::format(" ({})", change_bounds_text(bounds.low, bounds.high, by_part ? check.limit->part : kNotKnown));
  }
  if (check.limit && check.step) text += fmt::format(", limit {}", step_text(check));
  if (check.limit && !check.step) text += fmt::format(", limit {:g} %", check.limit->part * 100);
  return text;
}

// That whose change is the largest among those that `wanted` takes.
const Check *largest(std::span<const Check> checks, const std::function<bool(const Check &)> &wanted) {
  const Check *found = nullptr;
  const auto part = [](const Check &check) { return std::isnan(check.change.part) ? -1 : check.change.part; };
  for (const Check &check : checks) {
    if (wanted(check) && (found == nullptr || part(check) > part(*found))) found = &check;
  }
  return found;
}

std::string regression_text(std::span<const Check> checks) {
  const auto is_slower = [](const Check &check) { return check.outcome == Outcome::kRegression; };
  const auto n = std::count_if(checks.begin(), checks.end(), is_slower);
  // The network is told before its nodes.
  const Check *told = &*std::find_if(checks.begin(), checks.end(), is_slower);
  if (told->measure.node) told = largest(checks, is_slower);
  return fmt::format("regression: {}{}", change_text(*told), n > 1 ? fmt::format("; and {} more", n - 1) : "");
}

std::string runs_text(size_t count) {
  return fmt::format("{} more run{}", count, count == 1 ? "" : "s");
}

// How runs of one side are added to those that there are.
std::string more_text(size_t count, const char *option) {
  return fmt::format(": airunner profile DESCRIPTOR --runs {} --save MORE.json, given as one more --{}", count, option);
}

std::string open_text(std::span<const Check> checks, const Measures &measures) {
  const Check *told = largest(checks, is_open);
  const size_t needed = needed_in_all(checks), before = measures.baseline().size(), now = measures.current().size();
  std::string what = "cannot tell: " + change_text(*told);
  if (told->measure.baseline.size() < before || told->measure.current.size() < now)
    return what + "; not every run has it";
  if (is_by_chance(*told)) what += fmt::format("; any of several looks so in {:.2g} % of cases", told->chance * 100);
  if (needed == 0) {
    return what +
           fmt::format(
               "; too near the limit for any number of runs{}: quiet the machine, run more samples in each run, or set "
               "another limit",
               std::isnan(told->scatter) ? "" : fmt::format(", as they scatter by {:.1f} %", told->scatter * 100));
  }
  const size_t more_before = needed > before ? needed - before : 0, more_now = needed > now ? needed - now : 0;
  if (more_before == 0)
    return what + fmt::format("; take {} of the current side{}", runs_text(more_now), more_text(more_now, "current"));
  if (more_now == 0)
    return what +
           fmt::format("; take {} of the baseline{}", runs_text(more_before), more_text(more_before, "baseline"));
  const std::string both = more_before == more_now ? fmt::format("{} of each side", runs_text(more_now))
                                                   : fmt::format("{} of the baseline and {} of the current side",
                                                                 runs_text(more_before), runs_text(more_now));
  return what + fmt::format("; take {}, in turns: airunner profile NEW --baseline OLD --runs {}, both descriptors",
                            both, needed);
}

void add_difference(std::vector<std::string> &notes, const Measures &measures, const char *what, const Read &read) {
  const std::set<std::string> before = texts(measures.baseline(), read), now = texts(measures.current(), read);
  if (before == now && before.size() == 1) return;
  notes.push_back(
      fmt::format("{}: {} in the baseline, {} now", what, fmt::join(before, " and "), fmt::join(now, " and ")));
}

// "; the inputs and the outputs differ: is it the same network?"
std::string other_network_text(const Measures &measures) {
  std::vector<std::string> names;
  for (const Trait &trait : traits()) {
    if (trait.is_network && texts(measures.baseline(), trait.read) != texts(measures.current(), trait.read))
      names.emplace_back(trait.name);
  }
  return names.empty() ? "" : fmt::format("; {} differ: is it the same network?", fmt::join(names, " and "));
}

std::string names_text(const std::vector<std::string> &names) {
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  return fmt::format("{}{}", fmt::join(first, ", "),
                     names.size() > kMostNames ? fmt::format(" and {} more", names.size() - kMostNames) : "");
}

// What was decided by steps in place of the limits that were given, by quantity.
void add_steps(std::vector<std::string> &notes, std::span<const Check> checks) {
  std::map<std::string, std::vector<const Check *>> found;
  for (const Check &check : checks) {
    if (check.limit && check.step) found[check.measure.quantity.key()].push_back(&check);
  }
  for (const auto &[key, of_one] : found) {
    const Check &first = *of_one.front();
    const std::string where =
        first.measure.node ? fmt::format(" of {} node{}", of_one.size(), of_one.size() == 1 ? "" : "s") : "";
    notes.push_back(
        *first.step > 0
            ? fmt::format("{}{}: values come in steps of {}, and {:g} % of them is less: one step is no change", key,
                          where, step_text(first), first.limit->part * 100)
            : fmt::format("{}{}: values of 0 have no percentage: none may grow", key, where));
  }
}

// All of one side before all of the other: then what changed with time looks like a change of the model.
bool took_turns(const Measures &measures) {
  const auto begin = [](const JsonView &run) { return run["begin"].text(); };
  const std::set<std::string> before = texts(measures.baseline(), begin), now = texts(measures.current(), begin);
  return *before.begin() <= *now.rbegin() && *now.begin() <= *before.rbegin();
}

}  // namespace

const char *outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kWithin:
      return "no regression";
    case Outcome::kRegression:
      return "regression";
    default:
      return "cannot tell";
  }
}

size_t needed_in_all(std::span<const Check> checks) {
  size_t needed = 0;
  for (const Check &check : checks) {
    if (is_open(check)) needed = std::max(needed, check.runs_needed.value_or(0));
  }
  return needed;
}

namespace {

std::string verdict_text(std::span<const Check> checks, const Measures &measures) {
  switch (verdict(checks)) {
    case Outcome::kRegression:
      return regression_text(checks);
    case Outcome::kOpen:
      return open_text(checks, measures);
    default:
      break;
  }
  const auto has_limit = [](const Check &check) { return check.outcome.has_value(); };
  return fmt::format("no regression: {}", change_text(*std::find_if(checks.begin(), checks.end(), has_limit)));
}

}  // namespace

std::string sentence(std::span<const Check> checks, const Measures &measures) {
  return verdict_text(checks, measures) + other_network_text(measures);
}

std::vector<std::string> notes(std::span<const Check> checks, const Measures &measures) {
  std::vector<std::string> all;
  const auto add = [&](const char *what, const Read &read) { add_difference(all, measures, what, read); };
  add("the machine differs", [](const JsonView &run) { return run["host"].text(); });
  add("the device differs", [](const JsonView &run) { return run["info"]["device"]["desc"].text(); });
  add("the model differs", [](const JsonView &run) { return run["info"]["name"].text(); });
  for (const Trait &trait : traits()) add(fmt::format("{} differ", trait.name).c_str(), trait.read);
  add("the number of samples differs", [](const JsonView &run) { return std::to_string(run["n_samples"].count()); });
  if (!measures.only_in_baseline().empty()) {
    all.push_back(fmt::format("only in the baseline: the nodes {}", names_text(measures.only_in_baseline())));
  }
  if (!measures.only_in_current().empty()) {
    all.push_back(fmt::format("not in the baseline: the nodes {}", names_text(measures.only_in_current())));
  }
  add_steps(all, checks);
  const bool are_several = measures.baseline().size() > 1 && measures.current().size() > 1;
  if (are_several && !took_turns(measures)) {
    all.push_back(
        "the runs did not take turns: a drift of the machine between the sides would look like a change of the model");
  }
  return all;
}

}  // namespace air::report
