// SPDX-License-Identifier: BSD-3-Clause
// Whether the error of a pair of nodes is explained. The rule and its constants are documented in docs/compare.md.
#include "compare/divergence.h"

#include <algorithm>
#include <cmath>

#include "common/tensor_facts.h"
#include "report/comparison_verdict.h"

namespace air {
namespace {

// Different kernels sum float32 products in another order; 16-bit intermediate results are rarer and still within.
constexpr double kRounding = 1e-4;
// Rounding to steps has an rms error of 0.29 steps; weights that are rounded too and steps that differ add to it.
constexpr double kStepsOfRounding = 0.5;
// Equally quantized kernels on equal inputs: the result of both may be rounded twice.
constexpr double kMostStepsOnEqualInputs = 2;
// How much larger, relative to its values, a layer may make the error of its inputs.
constexpr double kGrowth = 2;
// Values between quantized ones, as behind a DequantizeLinear, have the steps of 8 bits over their range.
constexpr double kStepsOf8Bits = 255;

bool quantized_alike(const air_tensor &a, const air_tensor &b) {
  return a.dtype == b.dtype && scales_of(a).size() == 1 && std::ranges::equal(scales_of(a), scales_of(b)) &&
         std::ranges::equal(zero_points_of(a), zero_points_of(b));
}

// Numbers that are not rounded to anything, such as an index or a mask.
bool plain(const TensorPair &pair) {
  return pair.reference->encoding == AIR_ENCODING_PLAIN && pair.other->encoding == AIR_ENCODING_PLAIN;
}

}  // namespace

double Judge::own_error(const TensorPair &pair) const {
  const air_value_summary &values = pair.reference_values;
  // Integers that count may only differ where what they were made from does.
  double step = plain(pair) && carried_ == 0 ? 0 : pair.quantum;
  if (step == 0 && quantized_) step = (values.max - values.min) / kStepsOf8Bits;
  return std::max(kStepsOfRounding * step, kRounding * pair.reference_rms());
}

void Judge::begin(const TensorPair &input) {
  const double error = input.metric(AIR_METRIC_L2R);
  if (std::isfinite(error)) carried_ = std::max(carried_, error);
}

Judge::Judgement Judge::judge(const TensorPair &pair, bool softmax) const {
  const air_verdict unexplained = diverged_ ? AIR_VERDICT_AFFECTED : AIR_VERDICT_DIVERGES;
  if (std::isnan(pair.quantum)) return {report::n_unmeasured(pair) == 0 ? AIR_VERDICT_EQUAL : unexplained, 0};
  double carried = kGrowth * carried_ * pair.reference_rms();
  // A softmax turns the absolute error of its input into one that is no larger, relative to what may be much smaller values.
  if (softmax) carried = std::max(carried, last_rmse_);
  const double allowed = own_error(pair) + carried;
  const double rmse = pair.metric(AIR_METRIC_RMSE);
  if (pair.n_not_finite == 0 && !(rmse > 0)) return {AIR_VERDICT_EQUAL, allowed};
  const bool surprising = carried_ == 0 && quantized_alike(*pair.reference, *pair.other) &&
                          pair.metric(AIR_METRIC_MAX_ERROR) > (kMostStepsOnEqualInputs + 0.01) * pair.quantum;
  if (pair.n_not_finite > 0 || pair.rmse_in_range() > allowed || surprising) {
    return {unexplained, allowed};
  }
  return {!plain(pair) || quantized_ ? AIR_VERDICT_QUANTIZATION : AIR_VERDICT_ROUNDING, allowed};
}

void Judge::accept(const TensorPair &pair, air_verdict verdict) {
  if (verdict == AIR_VERDICT_DIVERGES) diverged_ = true;
  if (verdict == AIR_VERDICT_ROUNDING || verdict == AIR_VERDICT_QUANTIZATION) begin(pair);
  if (verdict != AIR_VERDICT_DIVERGES && verdict != AIR_VERDICT_AFFECTED) last_rmse_ = pair.metric(AIR_METRIC_RMSE);
}

}  // namespace air
