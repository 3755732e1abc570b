// SPDX-License-Identifier: BSD-3-Clause
// What documents of whole runs measured, brought together.
#include "report/regression/measures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "common/error.h"
#include "common/utf8.h"
#include "report/clock.h"
#include "report/measured.h"

namespace air::report {
namespace {

using Key = std::pair<std::string, size_t>;  // a name, and how often it came before
using ByKey = std::map<Key, std::vector<JsonView>>;

// Nodes of all runs of one side; `order` has the keys in the order of execution.
ByKey nodes_of(const std::vector<JsonView> &runs, bool by_place, std::vector<Key> &order) {
  ByKey nodes;
  for (const JsonView &run : runs) {
    std::map<std::string, size_t> seen;
    size_t place = 0;
    for (const JsonView &node : run["c_nodes"].list()) {
      const std::string name = node["name"].text();
      const Key key = by_place ? Key("", place++) : Key(name, seen[name]++);
      auto &found = nodes[key];
      if (found.empty()) order.push_back(key);
      found.push_back(node);
    }
  }
  return nodes;
}

// What a document has of a quantity at a node or, without one, as a whole.
JsonView samples_of(const JsonView &run_or_node, const Quantity &quantity) {
  if (quantity.column.empty()) return run_or_node["c_durations"];
  const JsonView column = run_or_node["columns"][quantity.column.c_str()];
  return quantity.place == Place::kNode ? column : column["values"];
}

// NaN where it has nothing.
double time_of(const JsonView &run_or_node, const Quantity &quantity) {
  return statistic_of(statistics(samples_of(run_or_node, quantity).numbers()), quantity.statistic);
}

double memory_of(const JsonView &run, const std::string &name) {
  const bool of_stack = name == "stack" || name == "heap";
  const std::optional<double> bytes =
      of_stack ? run["debug"][(name + "_usage").c_str()].number() : run["info"][name.c_str()].number();
  return bytes.value_or(std::nan(""));
}

Values values(const std::vector<JsonView> &documents, const std::function<double(const JsonView &)> &value) {
  Values found;
  for (const JsonView &document : documents) {
    const double one = value(document);
    if (std::isfinite(one)) found.push_back(one);
  }
  return found;
}

std::string begin_of(const JsonView &run) {
  return run["begin"].text();
}

// No pair begins before that before it has begun.
bool took_turns(const std::vector<JsonView> &baseline, const std::vector<JsonView> &current) {
  if (baseline.size() != current.size()) return false;
  std::string last;
  for (size_t i = 0; i < baseline.size(); ++i) {
    const std::string one = begin_of(baseline[i]), other = begin_of(current[i]);
    if (std::min(one, other) < last) return false;
    last = std::max(one, other);
  }
  return true;
}

std::string unit_of(const std::vector<JsonView> &runs, const Quantity &quantity) {
  if (quantity.place == Place::kMemory) return "bytes";
  if (quantity.column.empty()) return "ms";
  for (const JsonView &run : runs) {
    const JsonView column = run["columns"][quantity.column.c_str()];
    if (column.is_there()) return column["unit"].text();
  }
  return "";
}

}  // namespace

std::vector<JsonView> runs_in(const JsonView &document) {
  const std::string schema = document["schema"].text();
  if (schema == "airunner.profile/1") return {document};
  if (schema != "airunner.runs/1") {
    fail(AIR_ERROR_INVALID_INPUT, "{}: the schema is '{}', expected airunner.profile/1 or airunner.runs/1",
         document.place(), printable(schema));
  }
  std::vector<JsonView> runs = document["runs"].list();
  for (const JsonView &run : runs) {
    if (run["schema"].text() != "airunner.profile/1") run["schema"].refuse("airunner.profile/1");
  }
  return runs;
}

std::vector<JsonView> runs_in(std::span<const JsonDocument> documents) {
  std::vector<JsonView> runs;
  for (const JsonDocument &document : documents) {
    const std::vector<JsonView> own = runs_in(document.root());
    runs.insert(runs.end(), own.begin(), own.end());
  }
  return runs;
}

Measures::Measures(std::vector<JsonView> baseline, std::vector<JsonView> current)
    : baseline_(std::move(baseline)), current_(std::move(current)) {
  for (std::vector<JsonView> *runs : {&baseline_, &current_}) std::ranges::stable_sort(*runs, {}, begin_of);
  in_turns_ = took_turns(baseline_, current_);
  pair_nodes();
}

// By their names, the same name again being the next of that name; where no name is on both sides and there are as many nodes, by their order.
void Measures::pair_nodes() {
  std::vector<Key> before, now;
  ByKey old_nodes = nodes_of(baseline_, false, before), new_nodes = nodes_of(current_, false, now);
  const auto is_common = [&](const Key &key) { return new_nodes.contains(key); };
  if (std::none_of(before.begin(), before.end(), is_common) && before.size() == now.size()) {
    by_order_ = !before.empty();
    old_nodes = nodes_of(baseline_, true, before = {});
    new_nodes = nodes_of(current_, true, now = {});
  }
  for (const Key &key : before) {
    const std::vector<JsonView> &own = old_nodes[key];
    const std::string name = own[0]["name"].text();
    if (is_common(key)) {
      nodes_.push_back({name, own[0]["index"].count(), own, new_nodes[key]});
    } else {
      only_in_baseline_.push_back(name);
    }
  }
  for (const Key &key : now) {
    if (!old_nodes.contains(key)) only_in_current_.push_back(new_nodes[key][0]["name"].text());
  }
}

std::vector<Measure> Measures::of(const Quantity &quantity) const {
  std::vector<Measure> found;
  const std::string unit = unit_of(baseline_, quantity);
  const auto add = [&](const Quantity &of, const std::optional<std::string> &node, uint64_t index,
                       const std::vector<JsonView> &before, const std::vector<JsonView> &now, const auto &value) {
    Measure measure{of, unit, node, index, values(before, value), values(now, value)};
    if (!measure.baseline.empty() && !measure.current.empty()) found.push_back(std::move(measure));
  };
  const auto time = [&](const JsonView &view) { return time_of(view, quantity); };
  switch (quantity.place) {
    case Place::kNetwork:
      add(quantity, {}, 0, baseline_, current_, time);
      break;
    case Place::kNode:
      for (const Pair &node : nodes_) add(quantity, node.name, node.index, node.baseline, node.current, time);
      break;
    case Place::kMemory:
      for (const char *name : {"weights", "activations", "states", "stack", "heap"}) {
        if (!quantity.column.empty() && quantity.column != name) continue;
        add({Place::kMemory, name, ""}, {}, 0, baseline_, current_,
            [&](const JsonView &run) { return memory_of(run, name); });
      }
      break;
  }
  return found;
}

double Measures::step(const Quantity &quantity) const {
  std::set<double> values;
  const auto add = [&](const JsonView &view) {
    for (const double value : samples_of(view, quantity).numbers()) {
      if (std::isfinite(value) && value != 0) values.insert(value);
    }
  };
  for (const std::vector<JsonView> *runs : {&baseline_, &current_}) {
    for (const JsonView &run : *runs) {
      if (quantity.place == Place::kNetwork) add(run);
      if (quantity.place != Place::kNode) continue;
      for (const JsonView &node : run["c_nodes"].list()) add(node);
    }
  }
  return common_step(values);
}

std::vector<std::string> Measures::columns(Place place) const {
  std::vector<std::string> names;
  const auto add = [&](const JsonView &view) {
    for (const auto &[name, column] : view["columns"].members()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  for (const JsonView &run : baseline_) {
    if (place == Place::kNetwork) add(run);
    if (place != Place::kNode) continue;
    for (const JsonView &node : run["c_nodes"].list()) add(node);
  }
  return names;
}

}  // namespace air::report
