// SPDX-License-Identifier: BSD-3-Clause
// What documents of a run say beside its results: when, where and with which options it was made; and summaries of values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "airunner_report.h"
#include "text/json_writer.h"

namespace air {

std::string time_stamp(int64_t unix_ms);               // "2026-11-22T09:12:33Z", "" for 0
std::optional<int64_t> unix_ms_of(const char *stamp);  // nothing for what is no such text

// Keys `begin`, `host` and `options`.
void add_provenance(Json &object, const air_result *result);

Json value_statistics_json(const air_value_statistics &values);

}  // namespace air
