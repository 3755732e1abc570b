// SPDX-License-Identifier: BSD-3-Clause
// What the numbers in arrays say: their range, and how many samples are classified right.
#include "cli/inputs/values.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/running/failure.h"
#include "common/memory_size.h"

namespace air::cli {

air_view view_of(const Array &array) {
  return {array.data.data(), array.data.size(), array.shape.data(), static_cast<uint32_t>(array.shape.size()),
          array.dtype};
}

uint64_t n_samples_of(const air_view &samples) {
  return samples.rank == 0 ? 1 : static_cast<uint64_t>(samples.shape[0]);
}

air_tensor sample_of(const air_view &samples) {
  const uint32_t rank = samples.rank == 0 ? 0 : samples.rank - 1;
  const int64_t *shape = samples.shape + (samples.rank - rank);
  uint64_t n_elements = 1;
  for (const int64_t dimension : std::span(shape, rank)) n_elements *= static_cast<uint64_t>(dimension);
  return {.name = "",
          .tag = "",
          .dtype = samples.dtype,
          .encoding = AIR_ENCODING_PLAIN,
          .rank = rank,
          .shape = shape,
          .storage_shape = shape,
          .n_elements = n_elements,
          .size_bytes = (n_elements * air_dtype_bits(samples.dtype) + 7) / 8};
}

std::vector<double> to_doubles(const air_view &samples) {
  const air_tensor sample = sample_of(samples);
  std::vector<double> values(memory_size(n_samples_of(samples) * sample.n_elements));
  if (!values.empty()) {
    check(air_dequantize_double(&sample, n_samples_of(samples), samples.data, values.data()), kFailed);
  }
  return values;
}

Accuracy top1_accuracy(const air_view &scores, std::span<const uint64_t> classes) {
  const std::vector<double> values = to_doubles(scores);
  const size_t n_classes = classes.empty() ? 0 : values.size() / classes.size();
  if (n_classes == 0 || values.size() % classes.size() != 0) {
    throw Failure(kBadInput, fmt::format("{} labels for an output with {} values", classes.size(), values.size()));
  }
  Accuracy accuracy{0, classes.size()};
  auto row = values.begin();
  for (const uint64_t expected : classes) {
    const auto end = row + static_cast<std::ptrdiff_t>(n_classes);
    if (static_cast<uint64_t>(std::max_element(row, end) - row) == expected) ++accuracy.n_correct;
    row = end;
  }
  return accuracy;
}

}  // namespace air::cli
