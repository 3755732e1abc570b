// SPDX-License-Identifier: BSD-3-Clause
// The memory and the self tests of the target behind a runner: entries of its plugin's extension. Nothing here allocates or throws.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "airunner_st.h"

namespace {

air_status refuse(air_status status, const char *format, const char *what) {
  char message[120];
  std::snprintf(message, sizeof(message), format, what);
  air_set_error(status, 0, message);
  return status;
}

// What the plugin's table has, which may be that of an older or newer header.
air_st_backend read_table(const void *table) {
  air_st_backend read{};
  uint32_t size = 0;
  std::memcpy(&size, table, sizeof(size));
  std::memcpy(&read, table, std::min<size_t>(size, sizeof(read)));
  return read;
}

// Calls an entry of the plugin; the runner is held meanwhile.
template <class... Parameters, class... Arguments>
air_status use(air_runner *runner, const air_call *call, const char *name,
               air_status (*air_st_backend::*entry)(air_connection *, Parameters...), Arguments... arguments) {
  auto body = [&](const void *table, air_connection *connection) {
    const auto function = read_table(table).*entry;
    if (function == nullptr)
      return refuse(AIR_ERROR_UNSUPPORTED, "this plugin lacks the entry %s: a newer one may have it", name);
    return function(connection, arguments...);
  };
  return air_use_extension(
      runner, AIR_ST_EXTENSION, call,
      [](void *user, const void *table, air_connection *connection) {
        return (*static_cast<decltype(body) *>(user))(table, connection);
      },
      &body);
}

air_status refuse_null(const char *what) {
  return refuse(AIR_ERROR_INVALID_ARGUMENT, "%s is NULL", what);
}

}  // namespace

air_status air_st_memory_read(air_runner *runner, uint64_t address, void *data, uint64_t size, const air_call *call) {
  if (data == nullptr && size > 0) return refuse_null("data");
  return use(runner, call, "memory_read", &air_st_backend::memory_read, address, data, size);
}

air_status air_st_memory_write(air_runner *runner, uint64_t address, const void *data, uint64_t size,
                               const air_call *call) {
  if (data == nullptr && size > 0) return refuse_null("data");
  return use(runner, call, "memory_write", &air_st_backend::memory_write, address, data, size);
}

air_status air_st_memory_checksum(air_runner *runner, uint64_t address, uint64_t size, const air_call *call,
                                  uint32_t *out_checksum) {
  if (out_checksum == nullptr) return refuse_null("out_checksum");
  uint32_t checksum = 0;
  const air_status status =
      use(runner, call, "memory_checksum", &air_st_backend::memory_checksum, address, size, &checksum);
  if (status == AIR_OK) *out_checksum = checksum;
  return status;
}

air_status air_st_self_test(air_runner *runner, uint32_t test, uint32_t extra, uint32_t option, const air_call *call,
                            uint32_t *out_value) {
  if (out_value == nullptr) return refuse_null("out_value");
  uint32_t value = 0;
  const air_status status = use(runner, call, "self_test", &air_st_backend::self_test, test, extra, option, &value);
  if (status == AIR_OK) *out_value = value;
  return status;
}
