// SPDX-License-Identifier: BSD-3-Clause
// Public functions that convert the values of tensors.
#include "api/boundary.h"
#include "core/values/convert.h"
#include "core/values/tensor.h"

using air::guarded;
using air::required;

namespace {

// Applies `convert` to each sample of a tensor; `values` are those of the logical shape.
template <class Convert>
void each_sample(const air_tensor *tensor, uint64_t n_samples, const void *values, const void *storage,
                 Convert &&convert) {
  required(tensor, "tensor");
  if (values == nullptr) air::fail(AIR_ERROR_INVALID_ARGUMENT, "values is NULL");
  if (storage == nullptr) air::fail(AIR_ERROR_INVALID_ARGUMENT, "storage is NULL");
  if (const char *flaw = air::tensor_flaw(*tensor); flaw != nullptr) {
    air::fail(AIR_ERROR_INVALID_ARGUMENT, "air_tensor: {}", flaw);
  }
  const uint64_t n_values = air::checked_product(air::shape_of(*tensor));
  for (uint64_t sample = 0; sample < n_samples; ++sample) convert(sample * n_values, sample * tensor->size_bytes);
}

template <class Real>
air_status dequantize(const air_tensor *tensor, uint64_t n_samples, const void *storage, Real *values) {
  return guarded([&] {
    each_sample(tensor, n_samples, values, storage, [&](uint64_t value, uint64_t byte) {
      air::dequantize_sample(*tensor, static_cast<const std::byte *>(storage) + byte, values + value);
    });
  });
}

}  // namespace

air_status air_quantize(const air_tensor *tensor, uint64_t n_samples, const float *values, void *storage) {
  return guarded([&] {
    each_sample(tensor, n_samples, values, storage, [&](uint64_t value, uint64_t byte) {
      air::quantize_sample(*tensor, values + value, static_cast<std::byte *>(storage) + byte);
    });
  });
}

air_status air_dequantize(const air_tensor *tensor, uint64_t n_samples, const void *storage, float *values) {
  return dequantize(tensor, n_samples, storage, values);
}

air_status air_dequantize_double(const air_tensor *tensor, uint64_t n_samples, const void *storage, double *values) {
  return dequantize(tensor, n_samples, storage, values);
}
