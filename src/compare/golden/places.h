// SPDX-License-Identifier: BSD-3-Clause
// Which array is which tensor of a model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/golden/array.h"

namespace air {

// Indices of arrays.
struct GoldenPlaces {
  std::vector<size_t> inputs;              // none: the arrays hold no inputs
  std::vector<size_t> outputs;             // none: names of nodes may tell, and are not known yet
  std::vector<std::vector<size_t>> nodes;  // of each node: all of its outputs, or none
  std::vector<size_t> unused;
};

// Throws AIR_ERROR_INVALID_INPUT where it cannot be told, with all arrays and all tensors. `origin` begins the message.
GoldenPlaces golden_places(const air_model &model, const std::vector<GoldenArray> &arrays, const std::string &origin);

// "inputs x float32 (n, 4), outputs y float32 (n, 2)"
std::string places_text(const air_model &model);
std::string arrays_text(const std::vector<GoldenArray> &arrays);

}  // namespace air
