// SPDX-License-Identifier: BSD-3-Clause
// Public functions of invokes and of what belongs to their inputs, outputs and measurements.
#include "boundary.h"
#include "convert.h"
#include "report.h"
#include "common/struct_size.h"
#include "tensor.h"
#include "value_statistics.h"

using air::guarded;
using air::object;
using air::required;

namespace {

std::span<const air_buffer> buffers(const air_buffer *first, uint32_t n, const char *name) {
  if (n > 0) required(first, name);
  return {first, n};
}

void check_tensor(const air_tensor_info *info) {
  required(info, "info");
  if (const char *flaw = air::tensor_flaw(info); flaw != nullptr) {
    air::fail(AIR_ERROR_INVALID_ARGUMENT, "air_tensor_info: {}", flaw);
  }
}

// Applies `convert` to each sample of a tensor; `values` are float32 of the logical shape.
template <class Convert>
void each_sample(const air_tensor_info *info, uint64_t n_samples, Convert &&convert) {
  check_tensor(info);
  const uint64_t n_values = air::checked_product(air::shape_of(*info));
  for (uint64_t sample = 0; sample < n_samples; ++sample) convert(sample * n_values, sample * info->size_bytes);
}

}  // namespace

air_status air_invoke(air_session *session, uint64_t n_samples, const air_buffer *inputs, uint32_t n_inputs,
                      const air_buffer *outputs, uint32_t n_outputs, const air_invoke_options *options) {
  return guarded([&] {
    air::Session &owner = object(session);
    const auto read = air::read_struct(options, air_invoke_options AIR_INVOKE_OPTIONS_INIT, "air_invoke_options");
    owner.invoke(n_samples, buffers(inputs, n_inputs, "inputs"), buffers(outputs, n_outputs, "outputs"), read);
  });
}

air_status air_get_outputs(const air_session *session, const air_buffer **out_outputs, uint32_t *out_n_outputs) {
  return guarded([&] {
    const air::Session &owner = object(session);
    const air_buffer *&out = required(out_outputs, "out_outputs");
    uint32_t &out_n = required(out_n_outputs, "out_n_outputs");
    const std::span<const air_buffer> kept = owner.kept_outputs();
    out = kept.data();
    out_n = static_cast<uint32_t>(kept.size());
  });
}

air_status air_get_profile(const air_session *session, const air_profile **out_profile) {
  return guarded([&] {
    const air::Session &owner = object(session);
    const air_profile *&out = required(out_profile, "out_profile");
    out = &owner.profile();
  });
}

air_status air_fill_random(const air_session *session, uint64_t n_samples, const air_buffer *inputs, uint32_t n_inputs,
                           const air_random_options *options) {
  return guarded([&] {
    const air::Session &owner = object(session);
    const auto read = air::read_struct(options, air_random_options AIR_RANDOM_OPTIONS_INIT, "air_random_options");
    owner.fill_random(n_samples, buffers(inputs, n_inputs, "inputs"), read);
  });
}

air_status air_quantize(const air_tensor_info *info, uint64_t n_samples, const float *values, void *storage) {
  return guarded([&] {
    required(values, "values");
    if (storage == nullptr) air::fail(AIR_ERROR_INVALID_ARGUMENT, "storage is NULL");
    each_sample(info, n_samples, [&](uint64_t value, uint64_t byte) {
      air::quantize_sample(*info, values + value, static_cast<std::byte *>(storage) + byte);
    });
  });
}

air_status air_dequantize(const air_tensor_info *info, uint64_t n_samples, const void *storage, float *values) {
  return guarded([&] {
    required(values, "values");
    if (storage == nullptr) air::fail(AIR_ERROR_INVALID_ARGUMENT, "storage is NULL");
    each_sample(info, n_samples, [&](uint64_t value, uint64_t byte) {
      air::dequantize_sample(*info, static_cast<const std::byte *>(storage) + byte, values + value);
    });
  });
}

air_status air_get_statistics(const double *values, uint64_t count, air_statistics *out) {
  return guarded([&] {
    if (count > 0) required(values, "values");
    required(out, "out") = air::report::statistics(values, count);
  });
}

air_status air_get_value_statistics(const air_tensor_info *info, uint64_t n_samples, const void *storage,
                                    air_value_statistics *out) {
  return guarded([&] {
    check_tensor(info);
    if (storage == nullptr) air::fail(AIR_ERROR_INVALID_ARGUMENT, "storage is NULL");
    required(out, "out") = air::value_statistics(*info, n_samples, storage);
  });
}
