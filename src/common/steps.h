// SPDX-License-Identifier: BSD-3-Clause
// The real numbers that a quantized type can represent.
#pragma once

#include <optional>

#include "airunner.h"

namespace air {

// The steps of a quantized type of at most 16 bits with one scale, and what it can represent.
struct Steps {
  double size, low, high;
};
std::optional<Steps> steps_of(const air_tensor &tensor);

}  // namespace air
