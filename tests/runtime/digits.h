// SPDX-License-Identifier: BSD-3-Clause
// The digits models and the images that they have not seen.
#pragma once

#include <algorithm>
#include <cmath>

#include "client.h"

namespace air::runtime::test {

inline constexpr uint64_t kDigitsImages = 360;

// Images as the model of a dtype stores them: one channel, so that channels first and last are the same bytes.
inline Bytes digits_images(const std::string &dtype) {
  const auto values = read_npy<float>(digits("test_images.npy"));
  if (dtype == "float32") return bytes_of(values);
  std::vector<int8_t> quantized;
  // As air_quantize() does.
  constexpr double kScale = 1.0F / 255.0F;
  for (const float value : values) {
    quantized.push_back(static_cast<int8_t>(std::clamp(std::nearbyint(value / kScale) - 128.0, -128.0, 127.0)));
  }
  return bytes_of(quantized);
}

template <class T>
size_t count_right_digits(const Bytes &outputs) {
  const auto labels = read_npy<uint8_t>(digits("test_labels.npy"));
  const auto scores = values_of<T>(outputs);
  size_t right = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto begin = scores.begin() + static_cast<ptrdiff_t>(10 * i);
    right += static_cast<size_t>(std::max_element(begin, begin + 10) - begin) == labels[i];
  }
  return right;
}

}  // namespace air::runtime::test
