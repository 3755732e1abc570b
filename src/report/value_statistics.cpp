// SPDX-License-Identifier: BSD-3-Clause
// Summary and histogram of the real values of a tensor.
#include "report/value_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "common/memory_size.h"
#include "common/tensor_facts.h"
#include "report/boundary.h"

namespace air::report {
namespace {

uint64_t n_values(const air_tensor &tensor) {
  uint64_t n = 1;
  for (const int64_t dimension : shape_of(tensor)) n *= static_cast<uint64_t>(dimension);
  return n;
}

// Calls `use` with each real value. One sample is converted at a time: all of them may be gigabytes.
template <class Use>
void each_value(std::span<const Samples> all, Use use) {
  std::vector<float> values;
  for (const auto &[tensor, n, data] : all) {
    values.resize(memory_size(n_values(tensor)));
    for (uint64_t sample = 0; sample < n && !values.empty(); ++sample) {
      check(
          air_dequantize(&tensor, 1, static_cast<const std::byte *>(data) + sample * tensor.size_bytes, values.data()));
      std::for_each(values.begin(), values.end(), use);
    }
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

bool has_real_values(const air_tensor &tensor) {
  const bool is_quantized = tensor.encoding == AIR_ENCODING_QUANTIZED && tensor.quantization != nullptr;
  return air_dtype_bits(tensor.dtype) > 0 && !(is_quantized && tensor.quantization->known == 0);
}

air_value_statistics value_statistics(std::span<const Samples> all) {
  air_value_statistics result{};
  result.min = HUGE_VAL;
  result.max = -HUGE_VAL;
  each_value(all, [&](float value) { count_value(result, static_cast<double>(value)); });
  const auto n_finite = static_cast<double>(result.count - result.n_nan - result.n_inf);
  if (n_finite == 0) {
    result.min = result.max = 0;
    return result;
  }
  result.mean = std::clamp(result.mean / n_finite, result.min, result.max);
  double squares = 0;
  each_value(all, [&](float single) {
    const auto value = static_cast<double>(single);
    if (!std::isfinite(value)) return;
    squares += (value - result.mean) * (value - result.mean);
    ++result.histogram[bin_of(result, value)];
  });
  result.std = std::sqrt(squares / n_finite);
  return result;
}

}  // namespace air::report
