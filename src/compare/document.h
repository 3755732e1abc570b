// SPDX-License-Identifier: BSD-3-Clause
// The JSON description inside a file of results: written from a result, read back into a model and a profile.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "airunner_report.h"
#include "common/values.h"

namespace air {

constexpr const char *kSchema = "airunner.capture/1";
constexpr const char *kFile = "file";  // property of what was loaded

// In the order of air_kind.
constexpr std::array<const char *, 4> kKinds = {"", "duration", "count", "level"};

// `arrays`: names of those beside it.
std::string describe(const air_result &result, const std::set<std::string> &arrays);

struct Description {
  HeldModel model;
  air_profile profile{};  // without not_finite
  std::vector<air_not_finite> not_finite;
  std::vector<uint32_t> nodes;  // indices in the model of those that are described
  std::optional<std::set<std::string>>
      arrays;  // nothing: release 0.1, which kept inputs, outputs and data of all nodes
};

// Trusts nothing in `text`. Throws AIR_ERROR_INVALID_INPUT; `path` names the source.
Description read_description(std::string_view text, const std::string &path);

// Throws AIR_ERROR_INVALID_INPUT where a function of libairunner has refused what a file says.
void check_described(air_status status, const std::string &path);

}  // namespace air
