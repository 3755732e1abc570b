// SPDX-License-Identifier: BSD-3-Clause
// Profiles against profiles of before, as a document of docs/json.md.
#include "report/regression/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "report/regression/identity.h"
#include "report/regression/judge.h"
#include "report/regression/words.h"
#include "text/json_writer.h"

namespace air::report {
namespace {

std::vector<JsonDocument> parsed(std::span<const air_document> documents, const char *side) {
  std::vector<JsonDocument> all;
  for (const air_document &document : documents) {
    const std::string name = document.name == nullptr ? "" : document.name;
    all.emplace_back(document.json, name.empty() ? fmt::format("{} document {}", side, all.size() + 1) : name);
  }
  return all;
}

std::vector<JsonView> runs_of(std::span<const JsonDocument> documents, const char *side) {
  std::vector<JsonView> runs = runs_in(documents);
  if (runs.empty()) fail(AIR_ERROR_INVALID_INPUT, "the {} has no run: its documents are empty", side);
  return runs;
}

Json side_json(const std::vector<JsonView> &runs) {
  uint64_t samples = 0;
  Json begins = Json::array();
  for (const JsonView &run : runs) {
    samples += run["c_durations"].list().size();
    begins.add(run["begin"].text());
  }
  const JsonView first = runs[0];
  Json object = Json::object();
  object.add("name", first["info"]["name"].text());
  object.add("descriptor", first["descriptor"].text());
  object.add("backend", first["backend"].text());
  object.add("host", first["host"].text());
  object.add("device", first["info"]["device"]["desc"].text());
  object.add("runs", runs.size());
  object.add("samples", samples);
  object.add("begins", std::move(begins));
  return object;
}

Json values_json(const Values &values, bool exact) {
  const Bounds bounds = exact ? Bounds() : bounds_of_median(values);
  Json object = Json::object();
  object.add("value", exact ? *std::max_element(values.begin(), values.end()) : median(values));
  object.add("low", bounds.low);
  object.add("high", bounds.high);
  object.add("values", Json::numbers(std::span<const double>(values)));
  return object;
}

Json check_json(const Check &check) {
  const Measure &measure = check.measure;
  const Bounds &bounds = check.change.bounds;
  Json object = Json::object();
  object.add("quantity", measure.quantity.key());
  object.add("node", measure.node ? Json(*measure.node) : Json(nullptr));
  object.add("index", measure.node ? Json(measure.index) : Json(nullptr));
  object.add("unit", measure.unit);
  object.add("baseline", values_json(measure.baseline, check.exact));
  object.add("current", values_json(measure.current, check.exact));
  object.add("change", check.change.part);
  object.add("low", bounds.low);
  object.add("high", bounds.high);
  object.add("confidence", check.change.confidence);
  object.add("slower_pairs", check.change.slower_pairs);
  object.add("scatter", check.scatter);
  object.add("chance", check.chance);
  object.add("limit", check.limit ? Json(check.limit->part) : Json(nullptr));
  object.add("step", check.limit && check.step ? Json(*check.step) : Json(nullptr));
  object.add("required", check.limit && check.limit->required);
  object.add("verdict", check.outcome ? Json(outcome_name(*check.outcome)) : Json(nullptr));
  object.add("runs_needed", check.runs_needed ? Json(*check.runs_needed) : Json(nullptr));
  return object;
}

Json limits_json(std::span<const Growth> limits) {
  Json array = Json::array();
  for (const Growth &limit : limits) {
    Json object = Json::object();
    object.add("quantity", limit.of.key()).add("part", limit.part).add("required", limit.required);
    array.add(std::move(object));
  }
  return array;
}

// What has to be there before all that is required can be told.
Json more_json(size_t needed, size_t there) {
  return needed == 0 ? Json(nullptr) : Json(needed > there ? needed - there : 0);
}

}  // namespace

std::string compare_profiles(std::span<const air_document> baseline, std::span<const air_document> current,
                             std::span<const char *const> limits, uint32_t flags) {
  const std::vector<Growth> read = read_limits(limits);
  const std::vector<JsonDocument> before = parsed(baseline, "baseline"), now = parsed(current, "current");
  const Measures measures(runs_of(before, "baseline"), runs_of(now, "current side"));
  refuse_another_network(measures);
  refuse_another_mode(measures);
  const std::vector<Check> checks = judge(measures, read, !limits.empty());
  const size_t needed = needed_in_all(checks);
  Json object = Json::object();
  object.add("schema", "airunner.regression/1");
  object.add("airunner", air_version());
  object.add("verdict", outcome_name(verdict(checks)));
  object.add("text", sentence(checks, measures));
  object.add("baseline", side_json(measures.baseline()));
  object.add("current", side_json(measures.current()));
  object.add("more_baseline_runs", more_json(needed, measures.baseline().size()));
  object.add("more_current_runs", more_json(needed, measures.current().size()));
  object.add("limits", limits_json(read));
  object.add("notes", texts_json(notes(checks, measures)));
  Json array = Json::array();
  for (const Check &check : checks) array.add(check_json(check));
  object.add("checks", std::move(array));
  return object.print((flags & AIR_JSON_COMPACT) != 0);
}

}  // namespace air::report
