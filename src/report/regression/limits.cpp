// SPDX-License-Identifier: BSD-3-Clause
// By how much what is measured may grow.
#include "report/regression/limits.h"

#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "common/nearest.h"
#include "common/numbers.h"
#include "common/utf8.h"

namespace air::report {
namespace {

constexpr std::string_view kNode = "node.", kMemory = "memory";
using Statistic = std::pair<std::string_view, double air_statistics::*>;
constexpr std::array<Statistic, 6> kStatistics = {{{"mean", &air_statistics::mean},
                                                   {"min", &air_statistics::min},
                                                   {"max", &air_statistics::max},
                                                   {"p50", &air_statistics::p50},
                                                   {"p90", &air_statistics::p90},
                                                   {"p99", &air_statistics::p99}}};
constexpr std::array<std::string_view, 5> kMemories = {"weights", "activations", "states", "stack", "heap"};

bool is_statistic(std::string_view name) {
  for (const auto &[known, member] : kStatistics) {
    if (known == name) return true;
  }
  return false;
}

Quantity memory(std::string_view name, const char *text) {
  for (const std::string_view known : kMemories) {
    if (known == name) return {Place::kMemory, std::string(name), ""};
  }
  fail(AIR_ERROR_INVALID_ARGUMENT,
       "limit {}: expected memory, or memory. and one of weights, activations, states, stack, heap{}", printable(text),
       did_you_mean(name, std::vector<std::string>(kMemories.begin(), kMemories.end())));
}

Quantity quantity(std::string_view key, const char *text) {
  if (key == kMemory) return {Place::kMemory, "", ""};
  if (key.starts_with("memory.")) return memory(key.substr(kMemory.size() + 1), text);
  const Place place = key.starts_with(kNode) ? Place::kNode : Place::kNetwork;
  if (place == Place::kNode) key.remove_prefix(kNode.size());
  if (is_statistic(key)) return {place, "", std::string(key)};
  const size_t dot = key.rfind('.');
  if (dot != key.npos && is_statistic(key.substr(dot + 1))) {
    return {place, std::string(key.substr(0, dot)), std::string(key.substr(dot + 1))};
  }
  return {place, std::string(key), "p50"};
}

Growth limit(const char *text) {
  const std::string_view whole = text;
  const size_t equals = whole.rfind('=');
  if (equals == whole.npos || equals == 0 || !whole.ends_with('%')) {
    fail(AIR_ERROR_INVALID_ARGUMENT,
         "limit {}: expected what may grow and by how much, such as p50=3%, node.p50=10% or memory=0%",
         printable(text));
  }
  const std::string_view number = whole.substr(equals + 1, whole.size() - equals - 2);
  const std::optional<double> percent = number_in<double>(number);
  if (!percent || !std::isfinite(*percent) || *percent <= -100) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "limit {}: expected a number above -100 between = and %", printable(text));
  }
  return {quantity(whole.substr(0, equals), text), *percent / 100, true};
}

}  // namespace

std::string Quantity::key() const {
  if (place == Place::kMemory) return column.empty() ? "memory" : "memory." + column;
  const std::string prefix = place == Place::kNode ? std::string(kNode) : "";
  return prefix + (column.empty() ? "" : column + ".") + statistic;
}

std::vector<Growth> read_limits(std::span<const char *const> texts) {
  if (texts.empty()) {
    return {{{Place::kNetwork, "", "p50"}, 0.03, true},
            {{Place::kNode, "", "p50"}, 0.10, false},
            {{Place::kMemory, "", ""}, 0.01, true}};
  }
  std::vector<Growth> limits;
  for (const char *text : texts) {
    limits.push_back(limit(text));
    for (size_t i = 0; i + 1 < limits.size(); ++i) {
      if (limits[i].of == limits.back().of)
        fail(AIR_ERROR_INVALID_ARGUMENT, "limit {}: {} has two limits", printable(text), limits[i].of.key());
    }
  }
  return limits;
}

std::vector<std::string> statistic_names() {
  std::vector<std::string> names;
  for (const auto &[name, member] : kStatistics) names.emplace_back(name);
  return names;
}

double statistic_of(const air_statistics &statistics, const std::string &name) {
  for (const auto &[known, member] : kStatistics) {
    if (known == name) return statistics.*member;
  }
  return statistics.p50;
}

}  // namespace air::report
