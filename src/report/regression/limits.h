// SPDX-License-Identifier: BSD-3-Clause
// By how much what is measured may grow: "p50=3%", "node.p50=10%", "energy.run=5%", "memory=1%".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "airunner_report.h"

namespace air::report {

enum class Place { kNetwork, kNode, kMemory };

// What a limit may be of: a statistic of a column, or memory.
struct Quantity {
  Place place;
  std::string column;  // "" for the time on the device; of memory: "weights", ..., "" for all of it
  std::string statistic;

  std::string key() const;  // as it is written in a limit
  bool operator==(const Quantity &) const = default;
};

struct Growth {
  Quantity of;
  double part;    // 0.03
  bool required;  // has to be decided; else it is looked at, and may stay open
};

// Those that hold when none are given, or those of the texts. Throws AIR_ERROR_INVALID_ARGUMENT.
std::vector<Growth> read_limits(std::span<const char *const> texts);

std::vector<std::string> statistic_names();
double statistic_of(const air_statistics &statistics, const std::string &name);

}  // namespace air::report
