// SPDX-License-Identifier: BSD-3-Clause
// Stored elements of a tensor as a flat JSON array.
#include "elements.h"

#include <cstring>
#include <limits>

namespace air::report {
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

}  // namespace

float half_to_float(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  float magnitude = 0;
  if (exponent == 0x1F) {
    magnitude = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

Json elements_json(const void *data, air_dtype dtype, uint64_t count) {
  switch (dtype) {
    case AIR_DTYPE_FLOAT32:
      return plain<float>(data, count);
    case AIR_DTYPE_FLOAT16:
      return converted<uint16_t>(data, count,
                                 [](std::string &text, uint16_t bits) { append_number(text, half_to_float(bits)); });
    case AIR_DTYPE_FLOAT64:
      return plain<double>(data, count);
    case AIR_DTYPE_INT8:
      return plain<int8_t>(data, count);
    case AIR_DTYPE_UINT8:
      return plain<uint8_t>(data, count);
    case AIR_DTYPE_INT16:
      return plain<int16_t>(data, count);
    case AIR_DTYPE_UINT16:
      return plain<uint16_t>(data, count);
    case AIR_DTYPE_INT32:
      return plain<int32_t>(data, count);
    case AIR_DTYPE_UINT32:
      return plain<uint32_t>(data, count);
    case AIR_DTYPE_INT64:
      return plain<int64_t>(data, count);
    case AIR_DTYPE_UINT64:
      return plain<uint64_t>(data, count);
    case AIR_DTYPE_BOOL:
      return converted<uint8_t>(data, count, [](std::string &text, uint8_t v) { text += v != 0 ? "true" : "false"; });
    case AIR_DTYPE_NONE:
      break;
  }
  return nullptr;
}

}  // namespace air::report
