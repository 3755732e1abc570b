// SPDX-License-Identifier: BSD-3-Clause
// The real numbers that a quantized type can represent.
#include "common/steps.h"

#include <cmath>

#include "common/dtype.h"
#include "common/tensor_facts.h"

namespace air {

std::optional<Steps> steps_of(const air_tensor &tensor) {
  const auto bits = static_cast<int>(air_dtype_bits(tensor.dtype));
  if (tensor.encoding != AIR_ENCODING_QUANTIZED || scales_of(tensor).size() != 1 || bits > 16) return {};
  const auto scale = static_cast<double>(scales_of(tensor).front());
  const double least = is_signed_integer(tensor.dtype) ? -std::ldexp(0.5, bits) : 0;
  const double low = (least - zero_points_of(tensor).front()) * scale;
  return Steps{scale, low, low + (std::ldexp(1, bits) - 1) * scale};
}

}  // namespace air
