// SPDX-License-Identifier: BSD-3-Clause
// What descriptions of models have in common, whichever runtime runs them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "airunner_backend.hpp"

namespace air::runtime {

// A number as the plugin ABI has it, where 0 is an unknown one.
inline uint64_t told(std::optional<uint64_t> number) {
  return !number ? 0 : *number == 0 ? AIR_BACKEND_ZERO : *number;
}

// As three numbers; nothing where the text does not begin with one.
inline void add_version(backend::Properties &properties, const char *key, const std::string &text) {
  unsigned version[3] = {};
  if (std::sscanf(text.c_str(), "%u.%u.%u", &version[0], &version[1], &version[2]) < 1) return;
  if ((version[0] | version[1] | version[2]) == 0) return;
  properties.emplace_back(key, fmt::format("{}.{}.{}", version[0], version[1], version[2]));
}

}  // namespace air::runtime
