// SPDX-License-Identifier: BSD-3-Clause
// What libairunner-st reaches of a target: its memory and its self tests.
#include "airunner_st.h"
#include "aivalidation/target.h"

namespace air::aivalidation {
namespace {

Target &target(air_connection *connection) {
  return backend::object<Target>(connection);
}

air_status memory_read(air_connection *connection, uint64_t address, void *data, uint64_t size) {
  return backend::guarded([&] { target(connection).memory_read(address, data, size); });
}

air_status memory_write(air_connection *connection, uint64_t address, const void *data, uint64_t size) {
  return backend::guarded([&] { target(connection).memory_write(address, data, size); });
}

air_status memory_checksum(air_connection *connection, uint64_t address, uint64_t size, uint32_t *out_checksum) {
  return backend::guarded([&] { *out_checksum = target(connection).memory_checksum(address, size); });
}

air_status self_test(air_connection *connection, uint32_t test, uint32_t extra, uint32_t option, uint32_t *out_value) {
  return backend::guarded([&] { *out_value = target(connection).self_test(test, extra, option); });
}

constexpr air_st_backend kTable = {.struct_size = sizeof(air_st_backend),
                                   .memory_read = memory_read,
                                   .memory_write = memory_write,
                                   .memory_checksum = memory_checksum,
                                   .self_test = self_test};

}  // namespace

const void *Target::extension(std::string_view name) {
  return name == AIR_ST_EXTENSION ? &kTable : nullptr;
}

}  // namespace air::aivalidation
