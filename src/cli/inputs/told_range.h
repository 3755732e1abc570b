// SPDX-License-Identifier: BSD-3-Clause
// The real values that the inputs of a model were made for, where it tells.
#pragma once

#include <optional>
#include <string>

#include "airunner.h"

namespace air::cli {

struct ToldRange {
  double low, high;
  std::string node;  // that tells it
};

// Of a model whose inputs are floating point, and each is quantized by a node, all to one range: its ends. Random values from -1 to 1 would be clipped
// there, or leave most of it out.
std::optional<ToldRange> told_range(const air_model &model);

}  // namespace air::cli
