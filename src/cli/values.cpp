// SPDX-License-Identifier: BSD-3-Clause
// What the numbers in arrays say: their range, and how many samples are classified right.
#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "failure.h"
#include "report/elements.h"

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

Accuracy top1_accuracy(const Array &scores, std::span<const uint64_t> classes) {
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
