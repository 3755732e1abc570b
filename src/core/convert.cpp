// SPDX-License-Identifier: BSD-3-Clause
// Conversion between float32 values of the logical shape and the storage of a tensor (host-library specification, 7.4).
#include "convert.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "error.h"
#include "tensor.h"

namespace air {
namespace {

// IEEE 754 half precision, kept apart from uint16_t by its type.
struct Half {
  uint16_t bits;
};

float to_float(Half half) {
  const uint32_t sign = static_cast<uint32_t>(half.bits & 0x8000u) << 16;
  const uint32_t exponent = (half.bits >> 10) & 0x1Fu;
  const uint32_t fraction = half.bits & 0x3FFu;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

// Rounds to nearest, ties to even.
Half to_half(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return {static_cast<uint16_t>(sign | 0x7E00u)};
  if (magnitude >= 65520.0f) return {static_cast<uint16_t>(sign | 0x7C00u)};
  if (magnitude < 6.103515625e-05f) {  // 2^-14: below it steps are 2^-24
    return {static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(magnitude, 24))))};
  }
  const uint32_t rebased = (bits & 0x7FFFFFFFu) - (112u << 23);
  const uint32_t rounded = rebased + 0xFFFu + ((rebased >> 13) & 1u);
  return {static_cast<uint16_t>(sign | (rounded >> 13))};
}

struct Bool {
  uint8_t value;
};

// Scale and zero point of one element; per-channel tensors step along one axis.
class Quantization {
 public:
  explicit Quantization(const air_tensor_info &info) : info_(info) {
    if (info.encoding == AIR_ENCODING_FIXED_POINT) fixed_point_scale_ = std::ldexp(1.0f, -info.fraction_bits);
    if (info.n_scales < 2 || info.quantized_axis < 0) return;
    for (uint32_t axis = static_cast<uint32_t>(info.quantized_axis) + 1; axis < info.rank; ++axis) {
      step_ *= static_cast<uint64_t>(info.storage_shape[axis]);
    }
  }

  // A scale of 0 means that there is none.
  bool active() const {
    return info_.encoding == AIR_ENCODING_FIXED_POINT ||
           (info_.encoding == AIR_ENCODING_QUANTIZED && info_.scales[0] != 0.0f);
  }

  float scale(uint64_t element) const {
    return info_.encoding == AIR_ENCODING_FIXED_POINT ? fixed_point_scale_ : info_.scales[channel(element)];
  }

  int32_t zero_point(uint64_t element) const {
    return info_.encoding == AIR_ENCODING_FIXED_POINT ? 0 : info_.zero_points[channel(element)];
  }

 private:
  uint64_t channel(uint64_t element) const {
    return info_.n_scales < 2 || info_.quantized_axis < 0 ? 0 : (element / step_) % info_.n_scales;
  }

  const air_tensor_info &info_;
  float fixed_point_scale_ = 1.0f;
  uint64_t step_ = 1;
};

// A cast that is defined for every value: NaN becomes 0, the rest is clipped to the type.
template <class T>
T clip(double value) {
  if (std::isnan(value)) return 0;
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
  return static_cast<T>(value);
}

template <class T>
void quantize_elements(const air_tensor_info &info, const float *values, T *storage) {
  const Quantization quantization(info);
  for (uint64_t i = 0; i < info.n_elements; ++i) {
    if constexpr (std::is_same_v<T, Bool>) {
      storage[i].value = values[i] > 0.0f ? 1 : 0;
    } else if constexpr (std::is_same_v<T, Half>) {
      storage[i] = to_half(values[i]);
    } else if constexpr (std::is_floating_point_v<T>) {
      storage[i] = static_cast<T>(values[i]);
    } else if (quantization.active()) {
      // The division is in float32, as numpy does for float32 data.
      const double rounded = std::nearbyint(values[i] / quantization.scale(i));
      storage[i] = clip<T>(rounded + quantization.zero_point(i));
    } else {
      storage[i] = clip<T>(values[i]);
    }
  }
}

template <class T, class Real>
void dequantize_elements(const air_tensor_info &info, const T *storage, Real *values) {
  const Quantization quantization(info);
  for (uint64_t i = 0; i < info.n_elements; ++i) {
    if constexpr (std::is_same_v<T, Bool>) {
      values[i] = storage[i].value != 0 ? 1 : 0;
    } else if constexpr (std::is_same_v<T, Half>) {
      values[i] = static_cast<Real>(to_float(storage[i]));
    } else if constexpr (std::is_floating_point_v<T>) {
      values[i] = static_cast<Real>(storage[i]);
    } else if (quantization.active()) {
      const double steps = static_cast<double>(storage[i]) - quantization.zero_point(i);
      values[i] = static_cast<Real>(steps * static_cast<double>(quantization.scale(i)));
    } else {
      values[i] = static_cast<Real>(storage[i]);
    }
  }
}

// Rows of the last dimension; each begins a new word.
uint64_t bits_per_row(const air_tensor_info &info) {
  return info.rank == 0 ? 1 : static_cast<uint64_t>(info.shape[info.rank - 1]);
}

uint64_t n_rows(const air_tensor_info &info, uint64_t words_per_row) {
  return words_per_row == 0 ? 0 : info.n_elements / words_per_row;
}

void pack_bits(const air_tensor_info &info, const float *values, uint32_t *words) {
  const uint64_t n_bits = bits_per_row(info);
  const uint64_t words_per_row = (n_bits + 31) / 32;
  for (uint64_t row = 0; row < n_rows(info, words_per_row); ++row, words += words_per_row, values += n_bits) {
    std::memset(words, 0, words_per_row * sizeof(uint32_t));
    for (uint64_t bit = 0; bit < n_bits; ++bit) {
      if (values[bit] < 0.0f) words[bit / 32] |= 0x80000000u >> (bit % 32);
    }
  }
}

template <class Real>
void unpack_bits(const air_tensor_info &info, const uint32_t *words, Real *values) {
  const uint64_t n_bits = bits_per_row(info);
  const uint64_t words_per_row = (n_bits + 31) / 32;
  for (uint64_t row = 0; row < n_rows(info, words_per_row); ++row, words += words_per_row, values += n_bits) {
    for (uint64_t bit = 0; bit < n_bits; ++bit) {
      values[bit] = ((words[bit / 32] << (bit % 32)) & 0x80000000u) != 0 ? Real{-1} : Real{1};
    }
  }
}

// Calls visit with a pointer of the element type that `info` stores at `memory`, whose constness it keeps.
template <class Memory, class Visit>
void with_elements(const air_tensor_info &info, Memory *memory, Visit &&visit) {
  const auto call = [&]<class T>(std::type_identity<T>) {
    using Element = std::conditional_t<std::is_const_v<Memory>, const T, T>;
    visit(static_cast<Element *>(memory));
  };
  switch (info.dtype) {
    case AIR_DTYPE_FLOAT32:
      return call(std::type_identity<float>{});
    case AIR_DTYPE_FLOAT16:
      return call(std::type_identity<Half>{});
    case AIR_DTYPE_FLOAT64:
      return call(std::type_identity<double>{});
    case AIR_DTYPE_INT8:
      return call(std::type_identity<int8_t>{});
    case AIR_DTYPE_UINT8:
      return call(std::type_identity<uint8_t>{});
    case AIR_DTYPE_INT16:
      return call(std::type_identity<int16_t>{});
    case AIR_DTYPE_UINT16:
      return call(std::type_identity<uint16_t>{});
    case AIR_DTYPE_INT32:
      return call(std::type_identity<int32_t>{});
    case AIR_DTYPE_UINT32:
      return call(std::type_identity<uint32_t>{});
    case AIR_DTYPE_INT64:
      return call(std::type_identity<int64_t>{});
    case AIR_DTYPE_UINT64:
      return call(std::type_identity<uint64_t>{});
    case AIR_DTYPE_BOOL:
      return call(std::type_identity<Bool>{});
    case AIR_DTYPE_NONE:
      break;
  }
  fail(AIR_ERROR_UNSUPPORTED, "tensor '{}' has dtype {}, which has no conversion from or to float32", info.name,
       static_cast<int>(info.dtype));
}

}  // namespace

void quantize_sample(const air_tensor_info &info, const float *values, void *storage) {
  if (info.encoding == AIR_ENCODING_PACKED_BITS) return pack_bits(info, values, static_cast<uint32_t *>(storage));
  with_elements(info, storage, [&](auto *elements) { quantize_elements(info, values, elements); });
}

template <class Real>
void dequantize_sample(const air_tensor_info &info, const void *storage, Real *values) {
  if (info.encoding == AIR_ENCODING_PACKED_BITS)
    return unpack_bits(info, static_cast<const uint32_t *>(storage), values);
  with_elements(info, storage, [&](auto *elements) { dequantize_elements(info, elements, values); });
}

template void dequantize_sample(const air_tensor_info &, const void *, float *);
template void dequantize_sample(const air_tensor_info &, const void *, double *);

}  // namespace air
