// SPDX-License-Identifier: BSD-3-Clause
// Public functions that speak to the other side of a runner, and to what a plugin has beyond this ABI.
#include "api/boundary.h"

using air::guarded;
using air::object;
using air::required;

air_status air_ping(air_runner *runner, const air_call *call) {
  return guarded([&] { object(runner).call(air::limits_of(call), &air_backend::ping, "ping"); });
}

air_status air_reconnect(air_runner *runner, const air_call *call) {
  return guarded([&] { object(runner).call(air::limits_of(call), &air_backend::reconnect, "reconnect"); });
}

int32_t air_has_extension(const air_runner *runner, const char *name) {
  if (runner == nullptr || name == nullptr) return 0;
  try {
    return reinterpret_cast<const air::Runner *>(runner)->plugin().extension(name) != nullptr ? 1 : 0;
  } catch (...) {
    return 0;  // air_use_extension() says why
  }
}

air_status air_use_extension(air_runner *runner, const char *name, const air_call *call, air_extension_call body,
                             void *user) {
  return guarded([&] {
    air::Runner &owner = object(runner);
    required(name, "name");
    if (body == nullptr) air::fail(AIR_ERROR_INVALID_ARGUMENT, "body is NULL");
    owner.use_extension(name, air::limits_of(call), body, user);
  });
}
