// SPDX-License-Identifier: BSD-3-Clause
// What descriptions of models have in common, whichever runtime runs them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "airunner_backend.hpp"

namespace air::runtime {

// A number as the plugin ABI has it, where 0 is an unknown one.
inline uint64_t told(std::optional<uint64_t> number) {
  return !number ? 0 : *number == 0 ? AIR_BACKEND_ZERO : *number;
}

// Names of inputs, and of outputs, are different ones, though in the file some may be equal.
inline void add_port(std::vector<backend::Tensor> &list, backend::Tensor tensor) {
  const std::string name = tensor.name;
  for (int number = 2; std::ranges::find(list, tensor.name, &backend::Tensor::name) != list.end(); ++number)
    tensor.name = fmt::format("{}_{}", name, number);
  list.push_back(std::move(tensor));
}

// As three numbers; nothing where the text does not begin with one.
inline void add_version(backend::Properties &properties, const char *key, const std::string &text) {
  unsigned version[3] = {};
  if (std::sscanf(text.c_str(), "%u.%u.%u", &version[0], &version[1], &version[2]) < 1) return;
  if ((version[0] | version[1] | version[2]) == 0) return;
  properties.emplace_back(key, fmt::format("{}.{}.{}", version[0], version[1], version[2]));
}

}  // namespace air::runtime
