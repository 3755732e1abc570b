// SPDX-License-Identifier: BSD-3-Clause
// An array that another program computed, and what it can be in a model.
#include "compare/golden/array.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include "common/dtype.h"
#include "common/error.h"
#include "common/memory_size.h"
#include "common/shape.h"
#include "common/tensor_facts.h"
#include "common/utf8.h"
#include "compare/tensors.h"

namespace air {
namespace {

constexpr uint32_t kMostDimensions = 33;  // of a tensor, and the samples
constexpr size_t kLongestName = 80;

std::string name_text(std::string_view name) {
  return name.empty() ? "an array" : excerpt(name, kLongestName);
}

// "(n, 28, 28, 1)"
std::string samples_text(std::span<const int64_t> shape) {
  std::string text = "(n";
  for (const int64_t dimension : shape) text += fmt::format(", {}", dimension);
  return text + ")";
}

std::optional<uint64_t> n_values(std::span<const int64_t> shape) {
  return element_count(shape);
}

uint64_t n_elements(const GoldenArray &array) {
  return n_values(array.shape).value_or(0);  // was checked
}

// Calls visit with each element, and its place.
template <class Visit>
void with_each(const GoldenArray &array, Visit visit) {
  const air_dtype dtype = array.dtype == AIR_DTYPE_BOOL ? AIR_DTYPE_UINT8 : array.dtype;
  with_number_type(dtype, [&]<class T>(std::type_identity<T>) {
    for (uint64_t i = 0; i < n_elements(array); ++i) {
      T value{};
      std::memcpy(&value, static_cast<const unsigned char *>(array.data) + i * sizeof(T), sizeof(T));
      visit(i, value);
    }
  });
}

template <class To, class From>
bool is_in_range(From value) {
  if constexpr (std::is_integral_v<From>) {
    return std::in_range<To>(value);
  } else {
    // The largest 64-bit number is no floating point: the one above it is.
    const auto real = static_cast<double>(value);
    return real >= static_cast<double>(std::numeric_limits<To>::min()) &&
           real < std::ldexp(1.0, std::numeric_limits<To>::digits) && real == std::trunc(real);
  }
}

}  // namespace

GoldenArray golden_array(const air_array &array, uint32_t index) {
  const air_view &view = array.values;
  GoldenArray made{array.name == nullptr ? std::string_view() : array.name, view.dtype, {}, view.data};
  const std::string what = made.name.empty() ? fmt::format("array {}", index) : name_text(made.name);
  if (view.rank > 0 && view.shape == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "{}: its shape is NULL", what);
  if (view.rank > kMostDimensions) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: {} dimensions, expected at most {}", what, view.rank, kMostDimensions);
  }
  made.shape.assign(view.shape, view.shape + view.rank);
  if (dtype_size(view.dtype) == 0 || view.dtype > AIR_DTYPE_BOOL) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: dtype {}, expected one of NumPy's, as float32", what,
         air_dtype_name(view.dtype));
  }
  const std::optional<uint64_t> n = n_values(made.shape);
  uint64_t size = 0;
  if (!n || __builtin_mul_overflow(*n, uint64_t{dtype_size(view.dtype)}, &size) || size != view.size_bytes) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "{}: {} bytes, expected those of {} {}", what, view.size_bytes,
         air_dtype_name(view.dtype), shape_text(made.shape));
  }
  if (view.data == nullptr && size > 0) fail(AIR_ERROR_INVALID_ARGUMENT, "{}: its data are NULL", what);
  return made;
}

std::string array_text(const GoldenArray &array) {
  return fmt::format("{} {} {}", name_text(array.name), air_dtype_name(array.dtype), shape_text(array.shape));
}

std::string place_text(const air_tensor &tensor) {
  return fmt::format("{} {} {}", excerpt(tensor.name, kLongestName), air_dtype_name(tensor.dtype),
                     samples_text(shape_of(tensor)));
}

air_tensor plain_sample(const GoldenArray &array) {
  air_tensor sample{};
  sample.name = sample.tag = "";
  sample.dtype = array.dtype;
  sample.rank = array.shape.empty() ? 0 : static_cast<uint32_t>(array.shape.size() - 1);
  sample.shape = sample.storage_shape = array.shape.data() + (array.shape.size() - sample.rank);
  return sample;
}

bool is_stored(const GoldenArray &array, const air_tensor &tensor) {
  if (array.dtype != tensor.dtype || tensor.encoding == AIR_ENCODING_PLAIN) return false;
  // Words of packed bits may also be numbers of their own.
  const std::optional<uint64_t> n = n_values(shape_of(plain_sample(array)));
  return tensor.encoding != AIR_ENCODING_PACKED_BITS || n == tensor.n_elements ||
         n_elements(array) == tensor.n_elements;
}

std::optional<GoldenArray> samples_of(const GoldenArray &array, const air_tensor &tensor) {
  const uint64_t expected = is_stored(array, tensor) ? tensor.n_elements : n_reals(tensor);
  if (!array.shape.empty() && n_values(shape_of(plain_sample(array))) == expected) return array;
  if (n_elements(array) != expected) return {};
  GoldenArray one = array;
  one.shape.insert(one.shape.begin(), 1);
  return one;
}

bool is_of_shape(const GoldenArray &array, const air_tensor &tensor) {
  const std::optional<GoldenArray> samples = samples_of(array, tensor);
  return samples && !reorderings(tensor, plain_sample(*samples)).empty();
}

Bytes whole_numbers(const GoldenArray &array, const air_tensor &tensor) {
  if (array.dtype == AIR_DTYPE_FLOAT16) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: {} stores {}: give it, or float32", array_text(array), tensor.name,
         air_dtype_name(tensor.dtype));
  }
  Bytes bytes;
  with_number_type(tensor.dtype, [&]<class To>(std::type_identity<To>) {
    if constexpr (std::is_integral_v<To>) {
      bytes.resize(memory_size(n_elements(array) * sizeof(To)));
      with_each(array, [&](uint64_t i, auto value) {
        if (!is_in_range<To>(value)) {
          fail(AIR_ERROR_INVALID_INPUT, "{}: value {} is {}, and none of {}, which stores {}", array_text(array), i,
               value, tensor.name, air_dtype_name(tensor.dtype));
        }
        const auto stored = static_cast<To>(value);  // NOLINT(bugprone-signed-char-misuse): numbers, no characters
        std::memcpy(&bytes[i * sizeof(To)], &stored, sizeof(To));
      });
    }
  });
  return bytes;
}

}  // namespace air
