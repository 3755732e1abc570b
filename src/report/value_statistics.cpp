// SPDX-License-Identifier: BSD-3-Clause
// Summary and histogram of the real values of a tensor.
#include "value_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "convert.h"
#include "tensor.h"

namespace air {
namespace {

// Calls `use` with each real value. One sample is converted at a time: all of them may be gigabytes.
template <class Use>
void each_value(const air_tensor_info &info, uint64_t n_samples, const void *storage, Use use) {
  std::vector<float> values(checked_product(shape_of(info)));
  if (values.empty()) return;
  for (uint64_t sample = 0; sample < n_samples; ++sample) {
    dequantize_sample(info, static_cast<const std::byte *>(storage) + sample * info.size_bytes, values.data());
    std::for_each(values.begin(), values.end(), use);
  }
}

void count_value(air_value_statistics &result, double value) {
  ++result.count;
  if (std::isnan(value)) {
    ++result.n_nan;
  } else if (std::isinf(value)) {
    ++result.n_inf;
  } else {
    if (value == 0) ++result.n_zero;
    result.min = std::min(result.min, value);
    result.max = std::max(result.max, value);
    result.mean += value;  // the sum, for now
  }
}

size_t bin_of(const air_value_statistics &range, double value) {
  if (range.max == range.min) return 0;
  const auto bin = static_cast<size_t>((value - range.min) / (range.max - range.min) * AIR_HISTOGRAM_BINS);
  return std::min<size_t>(bin, AIR_HISTOGRAM_BINS - 1);
}

}  // namespace

air_value_statistics value_statistics(const air_tensor_info &info, uint64_t n_samples, const void *storage) {
  air_value_statistics result{};
  result.min = HUGE_VAL;
  result.max = -HUGE_VAL;
  each_value(info, n_samples, storage, [&](float value) { count_value(result, static_cast<double>(value)); });
  const auto n_finite = static_cast<double>(result.count - result.n_nan - result.n_inf);
  if (n_finite == 0) {
    result.min = result.max = 0;
    return result;
  }
  result.mean = std::clamp(result.mean / n_finite, result.min, result.max);
  double squares = 0;
  each_value(info, n_samples, storage, [&](float single) {
    const auto value = static_cast<double>(single);
    if (!std::isfinite(value)) return;
    squares += (value - result.mean) * (value - result.mean);
    ++result.histogram[bin_of(result, value)];
  });
  result.std = std::sqrt(squares / n_finite);
  return result;
}

}  // namespace air
