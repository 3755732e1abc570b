// SPDX-License-Identifier: BSD-3-Clause
// Random tensors equal to those of numpy.random.RandomState(seed).uniform and .randint, as ST's tool draws them.
#include "random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "convert.h"
#include "error.h"

namespace air {

// 53 bits of two draws, as RandomState.random_sample.
double RandomInputs::uniform(double low, double high) {
  const uint32_t a = static_cast<uint32_t>(generator_()) >> 5;
  const uint32_t b = static_cast<uint32_t>(generator_()) >> 6;
  return low + (high - low) * ((a * 67108864.0 + b) / 9007199254740992.0);
}

// Masked rejection, as RandomState.randint with its default dtype.
uint64_t RandomInputs::below_or_equal(uint64_t range) {
  if (range == 0) return 0;
  const uint64_t mask = std::numeric_limits<uint64_t>::max() >> std::countl_zero(range);
  for (;;) {
    uint64_t drawn = static_cast<uint32_t>(generator_());
    if (range > std::numeric_limits<uint32_t>::max()) drawn = (drawn << 32) | static_cast<uint32_t>(generator_());
    drawn &= mask;
    if (drawn <= range) return drawn;
  }
}

template <class T>
void RandomInputs::fill_integers(uint64_t n_elements, T *data) {
  constexpr double type_low = static_cast<double>(std::numeric_limits<T>::min());
  constexpr double type_high = static_cast<double>(std::numeric_limits<T>::max());
  T low = std::numeric_limits<T>::min();
  T high = std::numeric_limits<T>::max();
  if (options_.has_range != 0) {
    const double low_bound = std::ceil(options_.low);
    const double high_bound = std::floor(options_.high);
    if (low_bound > high_bound || low_bound > type_high || high_bound < type_low) {
      fail(AIR_ERROR_INVALID_ARGUMENT, "range {}..{} holds no integer of the input's type ({}..{})", options_.low,
           options_.high, type_low, type_high);
    }
    if (low_bound > type_low) low = static_cast<T>(low_bound);
    if (high_bound < type_high) high = static_cast<T>(high_bound);
  }
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  std::generate_n(data, n_elements, [&] { return static_cast<T>(static_cast<uint64_t>(low) + below_or_equal(range)); });
}

void RandomInputs::fill(const air_tensor_info &info, uint64_t n_elements, void *data) {
  const double low = options_.has_range != 0 ? options_.low : -1.0;
  const double high = options_.has_range != 0 ? options_.high : 1.0;
  const auto draw = [&] { return uniform(low, high); };
  switch (info.dtype) {
    case AIR_DTYPE_FLOAT32:
      std::generate_n(static_cast<float *>(data), n_elements, [&] { return static_cast<float>(draw()); });
      return;
    case AIR_DTYPE_FLOAT64:
      std::generate_n(static_cast<double *>(data), n_elements, draw);
      return;
    case AIR_DTYPE_FLOAT16: {
      air_tensor_info one = info;
      one.n_elements = 1;
      auto *elements = static_cast<uint16_t *>(data);
      for (uint64_t i = 0; i < n_elements; ++i) {
        const auto value = static_cast<float>(draw());
        quantize_sample(one, &value, &elements[i]);
      }
      return;
    }
    case AIR_DTYPE_BOOL:
      std::generate_n(static_cast<uint8_t *>(data), n_elements,
                      [&] { return static_cast<uint8_t>(below_or_equal(1)); });
      return;
    case AIR_DTYPE_INT8:
      return fill_integers(n_elements, static_cast<int8_t *>(data));
    case AIR_DTYPE_UINT8:
      return fill_integers(n_elements, static_cast<uint8_t *>(data));
    case AIR_DTYPE_INT16:
      return fill_integers(n_elements, static_cast<int16_t *>(data));
    case AIR_DTYPE_UINT16:
      return fill_integers(n_elements, static_cast<uint16_t *>(data));
    case AIR_DTYPE_INT32:
      return fill_integers(n_elements, static_cast<int32_t *>(data));
    case AIR_DTYPE_UINT32:
      return fill_integers(n_elements, static_cast<uint32_t *>(data));
    case AIR_DTYPE_INT64:
      return fill_integers(n_elements, static_cast<int64_t *>(data));
    case AIR_DTYPE_UINT64:
      return fill_integers(n_elements, static_cast<uint64_t *>(data));
    case AIR_DTYPE_NONE:
      break;
  }
  fail(AIR_ERROR_UNSUPPORTED, "input '{}' has dtype {}, for which nothing can be drawn", info.name,
       static_cast<int>(info.dtype));
}

}  // namespace air
