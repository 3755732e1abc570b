// SPDX-License-Identifier: BSD-3-Clause
// What is measured at nodes beside their times, as tables for people.
#pragma once

#include <string>

#include "airunner_report.h"
#include "report/profile_summary.h"

namespace air::report {

// Whether a node has values of the column: it stands in a table then.
bool is_at_nodes(const air_result *result, const ProfileSummary &summary, uint32_t column);

// One table for each group of columns ("npu.port.0.read" is of "npu.port"); "" for none.
std::string node_columns_tables(const air_result *result, const ProfileSummary &summary,
                                const air_text_options &options);

}  // namespace air::report
