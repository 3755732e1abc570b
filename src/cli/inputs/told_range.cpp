// SPDX-License-Identifier: BSD-3-Clause
// The real values that the inputs of a model were made for, where it tells.
#include "cli/inputs/told_range.h"

#include <cmath>
#include <span>

#include "common/dtype.h"
#include "common/input_quantizer.h"
#include "common/tensor_facts.h"

namespace air::cli {
namespace {

std::optional<ToldRange> range_of_input(const air_model &model, const air_tensor &input) {
  const air_node *node = quantizer_of_input(model, input);
  if (node == nullptr) return {};
  const air_tensor &made = *node->outputs[0];
  const auto bits = static_cast<int>(air_dtype_bits(made.dtype));
  if (bits > 16) return {};
  const auto scale = static_cast<double>(scales_of(made).front());
  const double least = is_signed_integer(made.dtype) ? -std::ldexp(0.5, bits) : 0;
  const double low = (least - zero_points_of(made).front()) * scale;
  return ToldRange{low, low + (std::ldexp(1, bits) - 1) * scale, node->name};
}

}  // namespace

std::optional<ToldRange> told_range(const air_model &model) {
  std::optional<ToldRange> told;
  for (const air_tensor *input : std::span(model.inputs, model.n_inputs)) {
    const auto found = range_of_input(model, *input);
    if (!found || (told && (told->low != found->low || told->high != found->high))) return {};
    told = found;
  }
  return told;
}

}  // namespace air::cli
