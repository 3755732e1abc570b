// SPDX-License-Identifier: BSD-3-Clause
// What a node that quantizes an input makes of it.
#include "compare/quantized_input.h"

#include <algorithm>
#include <cmath>

namespace air {

void QuantizedInput::add(std::span<const double> values) {
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    const double steps = std::nearbyint((std::clamp(value, steps_.low, steps_.high) - steps_.low) / steps_.size);
    const double made = steps_.low + steps * steps_.size;
    error_2_ += (made - value) * (made - value);
    values_2_ += value * value;
    if (value < steps_.low - steps_.size || value > steps_.high + steps_.size) ++n_beyond_;
    least_ = std::min(least_, made);
    most_ = std::max(most_, made);
    ++n_;
  }
}

double QuantizedInput::error() const {
  return values_2_ == 0 ? 0 : std::sqrt(error_2_ / values_2_);
}

double QuantizedInput::clipped() const {
  return n_ == 0 ? 0 : static_cast<double>(n_beyond_) / static_cast<double>(n_);
}

}  // namespace air
