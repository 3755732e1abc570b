// SPDX-License-Identifier: BSD-3-Clause
// Stored elements of a tensor as a flat JSON array.
#include "text/element_json.h"

#include <cstring>
#include <vector>

#include "common/dtype.h"
#include "common/memory_size.h"

namespace air {
namespace {

template <class T, class Convert>
Json converted(const void *data, uint64_t count, Convert convert) {
  const auto *bytes = static_cast<const unsigned char *>(data);
  std::string text = "[";
  for (uint64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    if (i > 0) text += ',';
    convert(text, value);
  }
  return Json::raw(text + ']');
}

template <class T>
Json plain(const void *data, uint64_t count) {
  return converted<T>(data, count, [](std::string &text, T value) { append_number(text, value); });
}

// Of a type whose values are exact as float32.
Json small(const void *data, air_dtype dtype, uint64_t n_elements, uint64_t n_samples) {
  const auto shape = static_cast<int64_t>(n_elements);
  const uint64_t size_bytes = n_elements / 8 * air_dtype_bits(dtype) + (n_elements % 8 * air_dtype_bits(dtype) + 7) / 8;
  const air_tensor tensor{.name = "",
                          .tag = "",
                          .dtype = dtype,
                          .rank = 1,
                          .shape = &shape,
                          .storage_shape = &shape,
                          .n_elements = n_elements,
                          .size_bytes = size_bytes};
  std::vector<float> values(memory_size(n_elements * n_samples));
  if (!values.empty() && air_dequantize(&tensor, n_samples, data, values.data()) != AIR_OK) return nullptr;
  return plain<float>(values.data(), values.size());
}

}  // namespace

Json elements_json(const void *data, air_dtype dtype, uint64_t n_elements, uint64_t n_samples) {
  const uint64_t count = n_elements * n_samples;
  Json numbers = nullptr;
  if (with_number_type(dtype, [&]<class T>(std::type_identity<T>) { numbers = plain<T>(data, count); })) return numbers;
  switch (dtype) {
    case AIR_DTYPE_BOOL:
      return converted<uint8_t>(data, count, [](std::string &text, uint8_t v) { text += v != 0 ? "true" : "false"; });
    case AIR_DTYPE_FLOAT16:
    case AIR_DTYPE_BFLOAT16:
    case AIR_DTYPE_FLOAT8_E4M3:
    case AIR_DTYPE_FLOAT8_E5M2:
    case AIR_DTYPE_INT4:
    case AIR_DTYPE_UINT4:
      return small(data, dtype, n_elements, n_samples);
    default:
      return nullptr;
  }
}

}  // namespace air
