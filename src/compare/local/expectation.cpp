// SPDX-License-Identifier: BSD-3-Clause
// The noise that the types of two nodes explain.
#include "compare/local/expectation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "common/dtype.h"
#include "common/operators.h"
#include "common/tensor_facts.h"
#include "text/descriptions.h"

namespace air::local {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
// rms of 8-bit weights' rounding, relative to what they compute: a channel's largest weight is 3 to 4 times its rms, of 127 steps that is 0.8 to 0.9 %.
constexpr std::array kWeights8Bits = {0.0, 0.015, 0.06};  // of no side, of one, and of both, each in its own way
// Of both, the steps of values count more, too: one scale for all channels beside one for each, where small channels lose most.
constexpr double kBothUnknown = 1.5;
// A sum of n float32 products in another order: n^0.5 roundings (Higham, "Accuracy and Stability of Numerical Algorithms", 4.2), each of the largest
// partial sum rather than of the result.
constexpr double kPartialSums = 4;
// Equally quantized kernels on equal inputs: the results of both may be rounded twice.
constexpr double kMostStepsAlike = 2.01;
// Scales of one quantization that two files store may differ in their last digit.
constexpr double kExactly = 1e-4;
constexpr uint64_t kMostTerms = 4096;
constexpr uint64_t kFewestTerms = 16;

bool brings_back(const air_node &node) {
  return is_like(node, "dequantize");
}

// Half the distance of neighbouring numbers, relative.
double unit_of(air_dtype dtype) {
  switch (dtype) {
    case AIR_DTYPE_FLOAT64:
      return std::ldexp(1, -53);
    case AIR_DTYPE_FLOAT16:
      return std::ldexp(1, -11);
    case AIR_DTYPE_BFLOAT16:
      return std::ldexp(1, -8);
    default:
      return is_floating(dtype) && air_dtype_bits(dtype) == 8 ? std::ldexp(1, -3) : std::ldexp(1, -24);
  }
}

// The coarsest of what it reads, computes in and writes.
double unit_of(const air_node &node) {
  double unit = node.computes_in == AIR_DTYPE_NONE ? 0 : unit_of(node.computes_in);
  for (uint32_t i = 0; i < node.n_outputs; ++i) unit = std::max(unit, unit_of(node.outputs[i]->dtype));
  for (uint32_t i = 0; i < node.n_inputs; ++i) unit = std::max(unit, unit_of(node.inputs[i]->dtype));
  return std::max(unit, unit_of(AIR_DTYPE_FLOAT32));
}

// What is summed for one value: at most all that the node reads, and convolutions read less.
double n_terms(const air_node &node) {
  uint64_t most = node.n_inputs == 0 ? kMostTerms : 0;
  for (uint32_t i = 0; i < node.n_inputs; ++i)
    most = std::max(most, is_open(*node.inputs[i]) ? kMostTerms : n_reals(*node.inputs[i]));
  return static_cast<double>(std::clamp(most, kFewestTerms, kMostTerms));
}

// Mean square of the rounding to steps.
double rounding_2(double step) {
  return step * step / 12;
}

// Whether a node rounds: not where it hands on what it reads, and a value that is quantized and brought back is given so.
bool rounds(const air_node &node, const air_tensor &output) {
  if (is_like(node, "quantize")) return false;
  return std::none_of(node.inputs, node.inputs + node.n_inputs,
                      [&](const air_tensor *input) { return stored_alike(*input, output); });
}

// That of nodes without a partner, which lie between this one and those that have one.
double rounding_between_2(const Place &place, const Paired &paired) {
  double sum = 0;
  std::set<uint32_t> seen = {place.node};
  std::vector<uint32_t> open = {place.node};
  while (!open.empty()) {
    const air_node &node = place.graph.node(open.back());
    open.pop_back();
    for (uint32_t i = 0; i < node.n_inputs; ++i) {
      const air_tensor &tensor = *node.inputs[i];
      const std::optional<Origin> origin = place.graph.origin(tensor);
      if (!origin || paired[origin->node] || !seen.insert(origin->node).second) continue;
      if (rounds(place.graph.node(origin->node), tensor)) sum += rounding_2(coarsest_step(tensor));
      open.push_back(origin->node);
    }
  }
  return sum;
}

// What was rounded last: a target does not tell what a node reads, but what was executed right before it.
const air_tensor &stored(const Place &place) {
  const air_node &node = place.described();
  const air_tensor &tensor = place.tensor();
  if (node.n_inputs > 0) return brings_back(node) ? *node.inputs[0] : tensor;
  if (!is_floating(tensor.dtype) || place.node == 0) return tensor;
  const air_node &before = place.graph.node(place.node - 1);
  const bool quantized = before.n_outputs == 1 && before.outputs[0]->encoding != AIR_ENCODING_PLAIN;
  return quantized && n_reals(*before.outputs[0]) == n_reals(tensor) ? *before.outputs[0] : tensor;
}

// A float value that is quantized next, as behind a convolution between QuantizeLinear and DequantizeLinear, needs to be no finer than that: the bias was rounded for it.
double next_step(const Place &place) {
  if (!is_floating(place.tensor().dtype)) return 0;
  for (const uint32_t reader : place.graph.readers(place.tensor())) {
    const air_node &node = place.graph.node(reader);
    if (operator_letters(node.operation).starts_with("quantize") && node.n_outputs == 1)
      return coarsest_step(*node.outputs[0]);
  }
  return 0;
}

Steps common(const std::optional<Steps> &a, const std::optional<Steps> &b) {
  const Steps of_a = a.value_or(Steps{0, -kEndless, kEndless});
  const Steps of_b = b.value_or(Steps{0, -kEndless, kEndless});
  const Steps both{std::max(of_a.size, of_b.size), std::max(of_a.low, of_b.low), std::min(of_a.high, of_b.high)};
  return both.low < both.high ? both : Steps{both.size, -kEndless, kEndless};
}

bool quantized_alike(const std::optional<Steps> &a, const std::optional<Steps> &b) {
  return a && b && a->size == b->size && a->low == b->low;
}

}  // namespace

bool has_unknown_steps(const Place &place) {
  const air_node &node = place.described();
  if (!brings_back(node) || node.n_inputs == 0 || is_floating(node.inputs[0]->dtype)) return false;
  return node.inputs[0]->encoding == AIR_ENCODING_PLAIN || lacks_scales(*node.inputs[0]);
}

Expected expected_of(const Pairing &pairing, double rounding_of_inputs, int n_estimated) {
  const auto &[actual, judge, actual_paired, judge_paired] = pairing;
  Expected expected;
  const std::optional<Steps> of_actual = steps_of(stored(actual));
  const std::optional<Steps> of_judge = steps_of(stored(judge));
  expected.range = common(of_actual, of_judge);
  expected.steps_2 = rounding_2(std::max(coarsest_step(stored(actual)), next_step(actual))) +
                     rounding_between_2(actual, actual_paired);
  expected.weights = std::hypot(rounding_of_inputs, kWeights8Bits.at(static_cast<size_t>(n_estimated)));
  if (quantized_alike(of_actual, of_judge) && rounding_of_inputs < kExactly && n_estimated < 2)
    expected.most = kMostStepsAlike * of_actual->size;
  else
    expected.steps_2 += rounding_2(coarsest_step(stored(judge))) + rounding_between_2(judge, judge_paired);
  if (n_estimated == 2) expected.steps_2 *= kBothUnknown * kBothUnknown;
  expected.relative = kPartialSums * std::max(unit_of(actual.described()), unit_of(judge.described())) *
                      std::sqrt(n_terms(judge.described()));
  return expected;
}

}  // namespace air::local
