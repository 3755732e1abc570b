// SPDX-License-Identifier: BSD-3-Clause
// What the numbers in arrays say: their range, and how many samples are classified right.
#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "failure.h"
#include "report/elements.h"
#include "report/texts.h"

namespace air::cli {
namespace {

template <class T>
std::vector<double> converted(const Bytes &data) {
  std::vector<double> values;
  values.reserve(data.size() / sizeof(T));
  for (size_t at = 0; at + sizeof(T) <= data.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, &data[at], sizeof(T));
    values.push_back(static_cast<double>(value));
  }
  return values;
}

bool is_float(air_dtype dtype) {
  return dtype == AIR_DTYPE_FLOAT32 || dtype == AIR_DTYPE_FLOAT16 || dtype == AIR_DTYPE_FLOAT64;
}

}  // namespace

std::vector<double> to_doubles(const Array &array) {
  switch (array.dtype) {
    case AIR_DTYPE_FLOAT32:
      return converted<float>(array.data);
    case AIR_DTYPE_FLOAT16: {
      std::vector<double> values = converted<uint16_t>(array.data);
      for (double &value : values) value = static_cast<double>(report::half_to_float(static_cast<uint16_t>(value)));
      return values;
    }
    case AIR_DTYPE_FLOAT64:
      return converted<double>(array.data);
    case AIR_DTYPE_INT8:
      return converted<int8_t>(array.data);
    case AIR_DTYPE_UINT8:
    case AIR_DTYPE_BOOL:
      return converted<uint8_t>(array.data);
    case AIR_DTYPE_INT16:
      return converted<int16_t>(array.data);
    case AIR_DTYPE_UINT16:
      return converted<uint16_t>(array.data);
    case AIR_DTYPE_INT32:
      return converted<int32_t>(array.data);
    case AIR_DTYPE_UINT32:
      return converted<uint32_t>(array.data);
    case AIR_DTYPE_INT64:
      return converted<int64_t>(array.data);
    case AIR_DTYPE_UINT64:
      return converted<uint64_t>(array.data);
    case AIR_DTYPE_NONE:
      break;
  }
  return {};
}

Accuracy top1_accuracy(const Array &scores, const Array &labels) {
  if (is_float(labels.dtype)) {
    throw Failure(kBadInput,
                  fmt::format("labels are {}, expected integers, one per sample", air_dtype_name(labels.dtype)));
  }
  if (labels.shape.size() != 1) {
    throw Failure(kBadInput, fmt::format("labels have shape {}, expected one dimension: the class of each sample",
                                         report::shape_text(labels.shape)));
  }
  const std::vector<double> expected = to_doubles(labels);
  const std::vector<double> values = to_doubles(scores);
  const auto n_samples = static_cast<size_t>(scores.shape.empty() ? 0 : scores.shape[0]);
  if (n_samples == 0 || values.empty()) throw Failure(kBadInput, "labels need an output with at least one sample");
  if (expected.size() < n_samples) {
    throw Failure(kBadInput,
                  fmt::format("{} labels for {} samples: expected one per sample", expected.size(), n_samples));
  }
  const auto n_classes = static_cast<std::ptrdiff_t>(values.size() / n_samples);
  Accuracy accuracy{0, n_samples};
  auto row = values.begin();
  for (size_t i = 0; i < n_samples; ++i, row += n_classes) {
    if (expected[i] < 0 || expected[i] >= static_cast<double>(n_classes)) {
      throw Failure(kBadInput, fmt::format("label {} of sample {} is no class of an output with {} values", expected[i],
                                           i, n_classes));
    }
    const auto best = std::max_element(row, row + n_classes) - row;
    if (static_cast<double>(best) == expected[i]) ++accuracy.n_correct;
  }
  return accuracy;
}

}  // namespace air::cli
