// SPDX-License-Identifier: BSD-3-Clause
// Conversion between float32 values of the logical shape and the storage of a tensor (host-library specification, 7.4).
#include "core/values/convert.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "common/dtype.h"
#include "common/half.h"
#include "core/error.h"
#include "core/values/tensor.h"

namespace air {
namespace {

struct Bool {
  uint8_t value;
};

// Elements smaller than a byte, one a byte; memory holds two.
struct Int4 {
  int8_t value;
};
struct UInt4 {
  uint8_t value;
};

struct Bfloat16 {
  uint16_t bits;
};

float to_float(Bfloat16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}

// Rounds to nearest, ties to even.
Bfloat16 to_bfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return {static_cast<uint16_t>(bits >> 16 | 0x40u)};
  return {static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16)};
}

// The 8-bit floats of the Open Compute Project. E4M3 has one NaN and no infinity, E5M2 both as in IEEE 754.
template <int fraction_bits, uint8_t largest>
struct Float8 {
  static constexpr int kFractionBits = fraction_bits;
  static constexpr int kBias = (1 << (6 - fraction_bits)) - 1;
  static constexpr uint8_t kLargest = largest;  // finite
  static constexpr bool kHasInfinity = fraction_bits == 2;
  uint8_t bits;
};
using E4M3 = Float8<3, 0x7E>;
using E5M2 = Float8<2, 0x7B>;

template <int fraction_bits, uint8_t largest>
float to_float(Float8<fraction_bits, largest> value) {
  using T = Float8<fraction_bits, largest>;
  const int magnitude = value.bits & 0x7F;
  const int exponent = magnitude >> fraction_bits;
  const int fraction = magnitude & ((1 << fraction_bits) - 1);
  float result = 0;
  if (magnitude > largest) {
    const bool is_infinite = T::kHasInfinity && fraction == 0;
    result = is_infinite ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else {
    const int significand = exponent == 0 ? fraction : fraction | 1 << fraction_bits;
    result = std::ldexp(static_cast<float>(significand), std::max(exponent, 1) - T::kBias - fraction_bits);
  }
  return (value.bits & 0x80) != 0 ? -result : result;
}

// Rounds to nearest, ties to even, and clips to the largest finite value, as ONNX's Cast does.
template <class T>
T to_float8(float value) {
  const auto sign = static_cast<uint8_t>(std::signbit(value) ? 0x80 : 0);
  if (std::isnan(value)) return {static_cast<uint8_t>(sign | 0x7F)};
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude >= to_float(T{T::kLargest})) return {static_cast<uint8_t>(sign | T::kLargest)};
  const int exponent = magnitude == 0 ? 1 - T::kBias : std::max(std::ilogb(magnitude), 1 - T::kBias);
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(magnitude, T::kFractionBits - exponent)));
  // The leading one of a normal number carries into the exponent, and so does rounding up.
  const int bits = ((exponent + T::kBias - 1) << T::kFractionBits) + steps;
  return {static_cast<uint8_t>(sign | std::min<int>(bits, T::kLargest))};
}

template <class T>
constexpr bool kIsSmallFloat =
    std::is_same_v<T, Half> || std::is_same_v<T, Bfloat16> || std::is_same_v<T, E4M3> || std::is_same_v<T, E5M2>;
template <class T>
constexpr bool kIsFloat = kIsSmallFloat<T> || std::is_floating_point_v<T>;
template <class T>
constexpr bool kIsNibble = std::is_same_v<T, Int4> || std::is_same_v<T, UInt4>;

template <class T>
T narrowed(float value) {
  if constexpr (std::is_same_v<T, Half>) return to_half(value);
  if constexpr (std::is_same_v<T, Bfloat16>) return to_bfloat16(value);
  if constexpr (std::is_same_v<T, E4M3> || std::is_same_v<T, E5M2>) return to_float8<T>(value);
  if constexpr (std::is_floating_point_v<T>) return value;
}

// Scale and zero point of one element; those with an axis step along it.
class Quantization {
 public:
  explicit Quantization(const air_tensor &tensor) : scales_(scales_of(tensor)), zero_points_(zero_points_of(tensor)) {
    // Scales of 0 mean that there are none.
    const bool has_scales = std::ranges::any_of(scales_, [](float scale) { return scale != 0; });
    is_active_ = !is_plain(tensor) && has_scales;
    if (scales_.size() < 2 || tensor.quantization->axis < 0) return;
    const auto axis = static_cast<uint32_t>(tensor.quantization->axis);
    along_ = static_cast<uint64_t>(tensor.storage_shape[axis]);
    block_ = tensor.quantization->block;
    for (uint32_t inner = axis + 1; inner < tensor.rank; ++inner) {
      step_ *= static_cast<uint64_t>(tensor.storage_shape[inner]);
    }
  }

  bool active() const { return is_active_; }
  int32_t zero_point(uint64_t element) const { return zero_points_[place(element)]; }
  float offset(uint64_t element) const { return static_cast<float>(zero_point(element)); }
  // Above the zero point. The division is in float32, as numpy does for float32 data.
  float steps(uint64_t element, float real) const {
    const float scale = scales_[place(element)];
    return scale == 0 ? 0 : real / scale;
  }
  double real(uint64_t element, double stored) const {
    return (stored - zero_point(element)) * static_cast<double>(scales_[place(element)]);
  }

 private:
  static bool is_plain(const air_tensor &tensor) {
    return tensor.encoding != AIR_ENCODING_QUANTIZED && tensor.encoding != AIR_ENCODING_FIXED_POINT;
  }
  uint64_t place(uint64_t element) const { return along_ == 0 ? 0 : element / step_ % along_ / block_; }

  std::span<const float> scales_;
  std::span<const int32_t> zero_points_;
  bool is_active_ = false;
  uint64_t along_ = 0;  // 0: one scale for all
  uint64_t block_ = 1;
  uint64_t step_ = 1;
};

// A cast that is defined for every value: NaN becomes 0, the rest is clipped to the type.
template <class T>
T clip_to(double value, T lowest, T highest) {
  if (std::isnan(value)) return 0;
  if (value <= static_cast<double>(lowest)) return lowest;
  if (value >= static_cast<double>(highest)) return highest;
  return static_cast<T>(value);
}

template <class T>
T clip(double value) {
  if constexpr (std::is_same_v<T, Int4>)
    return {clip_to<int8_t>(value, -8, 7)};
  else if constexpr (std::is_same_v<T, UInt4>)
    return {clip_to<uint8_t>(value, 0, 15)};
  else
    return clip_to<T>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

// Rounded once.
template <class Real, class T>
Real real(T element) {
  if constexpr (kIsNibble<T>)
    return element.value;
  else if constexpr (kIsSmallFloat<T>)
    return to_float(element);
  else
    return static_cast<Real>(element);
}

// store(i, element) takes each element.
template <class T, class Store>
void quantize_elements(const air_tensor &tensor, const float *values, Store store) {
  const Quantization quantization(tensor);
  for (uint64_t i = 0; i < tensor.n_elements; ++i) {
    if constexpr (std::is_same_v<T, Bool>) {
      store(i, T{values[i] > 0.0f});
    } else if constexpr (kIsFloat<T>) {
      const bool is_active = quantization.active();
      store(i, narrowed<T>(is_active ? quantization.steps(i, values[i]) + quantization.offset(i) : values[i]));
    } else if (quantization.active()) {
      const double rounded = std::nearbyint(quantization.steps(i, values[i]));
      store(i, clip<T>(rounded + quantization.zero_point(i)));
    } else {
      store(i, clip<T>(values[i]));
    }
  }
}

// load(i) gives each element.
template <class T, class Load, class Real>
void dequantize_elements(const air_tensor &tensor, Load load, Real *values) {
  const Quantization quantization(tensor);
  for (uint64_t i = 0; i < tensor.n_elements; ++i) {
    const T element = load(i);
    if constexpr (std::is_same_v<T, Bool>) {
      values[i] = element.value != 0 ? 1 : 0;
    } else if (quantization.active()) {
      values[i] = static_cast<Real>(quantization.real(i, real<double>(element)));
    } else {
      values[i] = real<Real>(element);
    }
  }
}

// Two elements a byte, the first in the low half; an odd last one shares its byte with 0.
template <class T>
void quantize_nibbles(const air_tensor &tensor, const float *values, uint8_t *storage) {
  quantize_elements<T>(tensor, values, [storage](uint64_t i, T element) {
    const int nibble = element.value & 15;
    storage[i / 2] = static_cast<uint8_t>(i % 2 == 0 ? nibble : storage[i / 2] | nibble << 4);
  });
}

template <class T, class Real>
void dequantize_nibbles(const air_tensor &tensor, const uint8_t *storage, Real *values) {
  const auto load = [storage](uint64_t i) {
    const int nibble = storage[i / 2] >> (i % 2 * 4) & 15;
    const bool is_negative = std::is_same_v<T, Int4> && nibble > 7;
    return T{static_cast<decltype(T::value)>(is_negative ? nibble - 16 : nibble)};
  };
  dequantize_elements<T>(tensor, load, values);
}

// Rows of the last dimension; each begins a new word.
uint64_t bits_per_row(const air_tensor &tensor) {
  return tensor.rank == 0 ? 1 : static_cast<uint64_t>(tensor.shape[tensor.rank - 1]);
}

uint64_t n_rows(const air_tensor &tensor, uint64_t words_per_row) {
  return words_per_row == 0 ? 0 : tensor.n_elements / words_per_row;
}

void pack_bits(const air_tensor &tensor, const float *values, uint32_t *words) {
  const uint64_t n_bits = bits_per_row(tensor);
  const uint64_t words_per_row = (n_bits + 31) / 32;
  for (uint64_t row = 0; row < n_rows(tensor, words_per_row); ++row, words += words_per_row, values += n_bits) {
    std::memset(words, 0, words_per_row * sizeof(uint32_t));
    for (uint64_t bit = 0; bit < n_bits; ++bit) {
      if (values[bit] < 0.0f) words[bit / 32] |= 0x80000000u >> (bit % 32);
    }
  }
}

template <class Real>
void unpack_bits(const air_tensor &tensor, const uint32_t *words, Real *values) {
  const uint64_t n_bits = bits_per_row(tensor);
  const uint64_t words_per_row = (n_bits + 31) / 32;
  for (uint64_t row = 0; row < n_rows(tensor, words_per_row); ++row, words += words_per_row, values += n_bits) {
    for (uint64_t bit = 0; bit < n_bits; ++bit) {
      values[bit] = ((words[bit / 32] << (bit % 32)) & 0x80000000u) != 0 ? Real{-1} : Real{1};
    }
  }
}

// Calls visit with a pointer of the element type that `tensor` stores at `memory`, whose constness it keeps.
template <class Memory, class Visit>
void with_elements(const air_tensor &tensor, Memory *memory, Visit &&visit) {
  const auto call = [&]<class T>(std::type_identity<T>) {
    using Element = std::conditional_t<std::is_const_v<Memory>, const T, T>;
    visit(static_cast<Element *>(memory));
  };
  if (with_number_type(tensor.dtype, call)) return;
  switch (tensor.dtype) {
    case AIR_DTYPE_FLOAT16:
      return call(std::type_identity<Half>{});
    case AIR_DTYPE_BOOL:
      return call(std::type_identity<Bool>{});
    case AIR_DTYPE_BFLOAT16:
      return call(std::type_identity<Bfloat16>{});
    case AIR_DTYPE_FLOAT8_E4M3:
      return call(std::type_identity<E4M3>{});
    case AIR_DTYPE_FLOAT8_E5M2:
      return call(std::type_identity<E5M2>{});
    default:
      break;
  }
  fail(AIR_ERROR_UNSUPPORTED, "tensor '{}' has dtype {}, which has no conversion from or to float32", tensor.name,
       static_cast<int>(tensor.dtype));
}

}  // namespace

void check_is_known(const air_tensor &tensor) {
  if (tensor.encoding != AIR_ENCODING_QUANTIZED || tensor.quantization == nullptr || tensor.quantization->known != 0)
    return;
  fail(AIR_ERROR_UNSUPPORTED,
       "tensor '{}' is quantized and its runtime does not tell how: give and take its {} elements as they are stored",
       tensor.name, air_dtype_name(tensor.dtype));
}

void quantize_sample(const air_tensor &tensor, const float *values, void *storage) {
  check_is_known(tensor);
  if (tensor.encoding == AIR_ENCODING_PACKED_BITS) return pack_bits(tensor, values, static_cast<uint32_t *>(storage));
  if (tensor.dtype == AIR_DTYPE_INT4) return quantize_nibbles<Int4>(tensor, values, static_cast<uint8_t *>(storage));
  if (tensor.dtype == AIR_DTYPE_UINT4) return quantize_nibbles<UInt4>(tensor, values, static_cast<uint8_t *>(storage));
  with_elements(tensor, storage, [&]<class T>(T *elements) {
    quantize_elements<T>(tensor, values, [elements](uint64_t i, T element) { elements[i] = element; });
  });
}

template <class Real>
void dequantize_sample(const air_tensor &tensor, const void *storage, Real *values) {
  check_is_known(tensor);
  if (tensor.encoding == AIR_ENCODING_PACKED_BITS)
    return unpack_bits(tensor, static_cast<const uint32_t *>(storage), values);
  if (tensor.dtype == AIR_DTYPE_INT4)
    return dequantize_nibbles<Int4>(tensor, static_cast<const uint8_t *>(storage), values);
  if (tensor.dtype == AIR_DTYPE_UINT4)
    return dequantize_nibbles<UInt4>(tensor, static_cast<const uint8_t *>(storage), values);
  with_elements(tensor, storage, [&]<class T>(const T *elements) {
    dequantize_elements<T>(
        tensor, [elements](uint64_t i) { return elements[i]; }, values);
  });
}

template void dequantize_sample(const air_tensor &, const void *, float *);
template void dequantize_sample(const air_tensor &, const void *, double *);

}  // namespace air
