// SPDX-License-Identifier: BSD-3-Clause
// Random tensors equal to those of numpy.random.RandomState(seed).uniform and .randint, as ST's tool draws them.
#include "core/run/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include "common/dtype.h"
#include "common/memory_size.h"
#include "core/error.h"
#include "core/values/convert.h"

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
void RandomInputs::fill_integers(uint64_t n_elements, T *data, T low, T high) {
  const auto type_low = static_cast<double>(low);
  const auto type_high = static_cast<double>(high);
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

// Two a byte, the first in the low half; each sample begins a byte.
template <class T>
void RandomInputs::fill_nibbles(const air_tensor &tensor, uint64_t n_elements, T low, T high, uint8_t *data) {
  std::vector<T> sample(memory_size(tensor.n_elements + 1));
  for (uint64_t done = 0; done < n_elements; done += tensor.n_elements, data += tensor.size_bytes) {
    fill_integers(tensor.n_elements, sample.data(), low, high);
    for (uint64_t i = 0; i < tensor.n_elements; i += 2) {
      data[i / 2] = static_cast<uint8_t>((sample[i] & 15) | (sample[i + 1] & 15) << 4);
    }
  }
}

void RandomInputs::fill(const air_tensor &tensor, uint64_t n_elements, void *data) {
  const double low = options_.has_range != 0 ? options_.low : -1.0;
  const double high = options_.has_range != 0 ? options_.high : 1.0;
  const auto draw = [&] { return uniform(low, high); };
  const bool is_number = with_number_type(tensor.dtype, [&]<class T>(std::type_identity<T>) {
    auto *values = static_cast<T *>(data);
    if constexpr (std::is_floating_point_v<T>)
      std::generate_n(values, n_elements, [&] { return static_cast<T>(draw()); });
    else
      fill_integers(n_elements, values, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  });
  if (is_number) return;
  switch (tensor.dtype) {
    case AIR_DTYPE_FLOAT16:
    case AIR_DTYPE_BFLOAT16:
    case AIR_DTYPE_FLOAT8_E4M3:
    case AIR_DTYPE_FLOAT8_E5M2: {
      air_tensor one = tensor;
      one.n_elements = 1;
      auto *bytes = static_cast<std::byte *>(data);
      const size_t size = air_dtype_bits(tensor.dtype) / 8;
      for (uint64_t i = 0; i < n_elements; ++i, bytes += size) {
        const auto value = static_cast<float>(draw());
        quantize_sample(one, &value, bytes);
      }
      return;
    }
    case AIR_DTYPE_INT4:
      return fill_nibbles<int8_t>(tensor, n_elements, -8, 7, static_cast<uint8_t *>(data));
    case AIR_DTYPE_UINT4:
      return fill_nibbles<uint8_t>(tensor, n_elements, 0, 15, static_cast<uint8_t *>(data));
    case AIR_DTYPE_BOOL:
      std::generate_n(static_cast<uint8_t *>(data), n_elements,
                      [&] { return static_cast<uint8_t>(below_or_equal(1)); });
      return;
    default:
      break;
  }
  fail(AIR_ERROR_UNSUPPORTED, "input '{}' has dtype {}, for which nothing can be drawn", tensor.name,
       static_cast<int>(tensor.dtype));
}

}  // namespace air
