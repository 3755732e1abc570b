// SPDX-License-Identifier: BSD-3-Clause
// What a result measured, found by the names of columns.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "airunner_report.h"

namespace air::report {

// One value per run, NaN where not known; empty where nothing was measured.
using Series = std::span<const double>;

Series series(const air_result *result, uint32_t column, uint32_t node = AIR_WHOLE_RUN);
Series series(const air_result *result, const char *column, uint32_t node = AIR_WHOLE_RUN);

// Sums that the profile has, NaN when runs were recorded and none of their times is known.
double device_ms(const air_result *result);
double link_ms(const air_result *result);

double sum(Series values);   // of what is known, NaN when nothing is
double last(Series values);  // that is known, or NaN
air_statistics statistics(
    Series values);  // as air_get_statistics() promises it, but NaN in place of 0 when nothing is known

// Hardware counters that have values for a node.
std::vector<uint32_t> counters(const air_result *result, uint32_t node);
// Columns with values for a node that reports have no place of their own for; and those for the whole run or any node.
std::vector<uint32_t> other_columns(const air_result *result, uint32_t node);
std::vector<uint32_t> other_columns(const air_result *result);

// Indices of the nodes that something was measured or kept of.
std::vector<uint32_t> measured_nodes(const air_result *result);
// By node: the one that executes it and has its times, AIR_WHOLE_RUN where it does so itself.
std::vector<uint32_t> executors(const air_result *result);
// What a node is called: its name, or that of what it computes where names of nodes only count; with those that it executes.
std::string node_name(const air_model &model, uint32_t node);
// What was told of single runs as a whole, each text once, in the order of the runs.
std::vector<std::string> notes_of_runs(const air_result *result);
// Recorded runs that something was measured of. Only they are in memory, whatever the profile says.
uint64_t n_runs(const air_result *result);

// Samples of one shape, which is that of `tensor`, one after the other.
struct Samples {
  air_tensor tensor;
  uint64_t n;
  const void *data;
};

// An output of a node: all samples, or each alone where they differ in shape. None where the result does not hold it.
std::vector<Samples> node_samples(const air_result *result, uint32_t node, uint32_t index);
bool has_data(const air_result *result, uint32_t node);

}  // namespace air::report
