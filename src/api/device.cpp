// SPDX-License-Identifier: BSD-3-Clause
// Public functions that speak to the device behind a runner: alive or not, its memory, its self tests.
#include "boundary.h"

using air::guarded;
using air::object;
using air::required;

namespace {

template <class T>
T *memory(T *data, uint64_t size) {
  if (data == nullptr && size > 0) air::fail(AIR_ERROR_INVALID_ARGUMENT, "data is NULL, expected {} bytes", size);
  return data;
}

}  // namespace

air_status air_ping(air_runner *runner, const air_call *call) {
  return guarded([&] { object(runner).call(air::limits_of(call), &air_backend::ping, "ping"); });
}

air_status air_reconnect(air_runner *runner, const air_call *call) {
  return guarded([&] { object(runner).call(air::limits_of(call), &air_backend::reconnect, "reconnect"); });
}

air_status air_memory_read(air_runner *runner, uint64_t address, void *data, uint64_t size, const air_call *call) {
  return guarded([&] {
    object(runner).call(air::limits_of(call), &air_backend::memory_read, "memory_read", address, memory(data, size),
                        size);
  });
}

air_status air_memory_write(air_runner *runner, uint64_t address, const void *data, uint64_t size,
                            const air_call *call) {
  return guarded([&] {
    object(runner).call(air::limits_of(call), &air_backend::memory_write, "memory_write", address, memory(data, size),
                        size);
  });
}

air_status air_memory_checksum(air_runner *runner, uint64_t address, uint64_t size, const air_call *call,
                               uint32_t *out_checksum) {
  return guarded([&] {
    uint32_t &out = required(out_checksum, "out_checksum");
    uint32_t checksum = 0;
    object(runner).call(air::limits_of(call), &air_backend::memory_checksum, "memory_checksum", address, size,
                        &checksum);
    out = checksum;
  });
}

air_status air_self_test(air_runner *runner, uint32_t test, uint32_t extra, uint32_t option, const air_call *call,
                         uint32_t *out_value) {
  return guarded([&] {
    uint32_t &out = required(out_value, "out_value");
    uint32_t value = 0;
    object(runner).call(air::limits_of(call), &air_backend::self_test, "self_test", test, extra, option, &value);
    out = value;
  });
}
