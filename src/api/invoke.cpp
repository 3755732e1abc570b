// SPDX-License-Identifier: BSD-3-Clause
// Public functions of invokes and of the inputs for them.
#include "api/boundary.h"
#include "core/run/input_set.h"

using air::guarded;
using air::object;
using air::required;

namespace {

template <class T>
std::span<const T> list(const T *first, uint32_t n, const char *name) {
  if (n > 0) required(first, name);
  return {first, n};
}

}  // namespace

air_status air_invoke(air_session *session, uint64_t n_samples, const air_input *inputs, uint32_t n_inputs,
                      const air_output *outputs, uint32_t n_outputs, const air_invoke_options *options,
                      const air_callbacks *callbacks, const air_result **out_result) {
  air::ResultHolder result;
  const air_status status = guarded([&] {
    object(session).invoke({.n_samples = n_samples,
                            .inputs = list(inputs, n_inputs, "inputs"),
                            .outputs = list(outputs, n_outputs, "outputs"),
                            .options = air::read_struct(options, air_invoke_options{}, "air_invoke_options",
                                                        AIR_SIZE_UP_TO(air_invoke_options, reserved)),
                            .callbacks = air::read_struct(callbacks, air_callbacks{}, "air_callbacks",
                                                          AIR_SIZE_UP_TO(air_callbacks, on_progress))},
                           out_result == nullptr ? nullptr : &result);
  });
  if (result != nullptr) *out_result = air::handle(result.release());
  return status;
}

void air_trim(air_session *session) {
  if (session != nullptr) object(session).trim();
}

air_status air_make_inputs(const air_session *session, uint64_t n_samples, air_input_set **out_set) {
  return guarded([&] {
    const air::Session &owner = object(session);
    air_input_set *&out = required(out_set, "out_set");
    out = air::make_inputs(owner, n_samples).release();
  });
}

air_status air_make_random_inputs(const air_session *session, uint64_t n_samples, const air_random *random,
                                  air_input_set **out_set) {
  constexpr air_random kAsSt = {.seed = 42, .has_range = 0, .low = 0, .high = 0, .io_mode = 0, .reserved = 0};
  return guarded([&] {
    const air::Session &owner = object(session);
    air_input_set *&out = required(out_set, "out_set");
    out = air::make_random_inputs(owner, n_samples, random == nullptr ? kAsSt : *random).release();
  });
}

void air_free_inputs(air_input_set *set) {
  const std::unique_ptr<air::InputSet> owned(static_cast<air::InputSet *>(set));
}
