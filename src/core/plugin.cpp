// SPDX-License-Identifier: BSD-3-Clause
// One loaded plugin: the module, kept open while in use, and its table with every entry filled.
#include "plugin.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "common/loader.h"
#include "error.h"
#include "host.h"
#include "library_file.h"

namespace air {
namespace {

// A table must reach at least over its required entries.
constexpr uint32_t kRequiredSize = offsetof(air_backend, cancel);

air_status unsupported(const char *what) {
  host_services().set_error(AIR_ERROR_UNSUPPORTED, 0, fmt::format("this backend has no {}", what).c_str());
  return AIR_ERROR_UNSUPPORTED;
}

uint32_t claims_nothing(const char *) {
  return 0;
}
void cancels_between_runs(air_connection *) {}
air_status no_reset_states(air_connection *, uint32_t) {
  return unsupported("states to reset");
}
air_status no_ping(air_connection *) {
  return unsupported("other side to ask");
}
air_status finds_nothing(void *, void *, air_found_fn) {
  return AIR_OK;
}

air_status no_reconnect(air_connection *) {
  return unsupported("link that could be lost");
}
air_status no_memory_read(air_connection *, uint64_t, void *, uint64_t) {
  return unsupported("memory access");
}
air_status no_memory_write(air_connection *, uint64_t, const void *, uint64_t) {
  return unsupported("memory access");
}
air_status no_memory_checksum(air_connection *, uint64_t, uint64_t, uint32_t *) {
  return unsupported("memory access");
}
air_status no_self_test(air_connection *, uint32_t, uint32_t, uint32_t, uint32_t *) {
  return unsupported("self tests");
}

}  // namespace

void Plugin::CloseModule::operator()(void *module) const noexcept {
  dlclose(module);
}

Plugin::Plugin(const std::filesystem::path &path) {
  check_not_truncated(path);
  std::string reason;
  module_.reset(load_library(path.c_str(), RTLD_NOW | RTLD_LOCAL, reason));
  if (module_ == nullptr) fail(AIR_ERROR_INCOMPATIBLE, "cannot be loaded: {}", reason);
  void *symbol = dlsym(module_.get(), AIR_BACKEND_ENTRY);
  if (symbol == nullptr) fail(AIR_ERROR_INCOMPATIBLE, "not an airunner plugin: it exports no {}()", AIR_BACKEND_ENTRY);
  negotiate(reinterpret_cast<air_backend_query_fn>(symbol));
  fill_defaults();
  for (const char *const *scheme = backend_.schemes; *scheme != nullptr; ++scheme) schemes_.emplace_back(*scheme);
  const auto too_short = [](const std::string &scheme) { return scheme.size() < 2; };
  if (schemes_.empty() || std::any_of(schemes_.begin(), schemes_.end(), too_short)) {
    fail(AIR_ERROR_INCOMPATIBLE, "it declares no scheme, or one of less than two letters");
  }
}

void Plugin::negotiate(air_backend_query_fn query) {
  const air_backend *table = nullptr;
  uint32_t version = AIR_BACKEND_ABI_VERSION;
  while (table == nullptr && version > 0) table = query(version--, &host_services());
  if (table == nullptr) {
    fail(AIR_ERROR_INCOMPATIBLE, "it supports none of the plugin ABI versions 1..{}: rebuild it against this airunner",
         AIR_BACKEND_ABI_VERSION);
  }
  const uint32_t asked = version + 1;
  if (table->struct_size < kRequiredSize || table->abi_version != asked) {
    fail(AIR_ERROR_INCOMPATIBLE,
         "asked for plugin ABI {}, it returned a table of ABI {} with {} bytes (at least {} expected)", asked,
         table->abi_version, table->struct_size, kRequiredSize);
  }
  std::memcpy(&backend_, table, std::min<size_t>(table->struct_size, sizeof(backend_)));
}

void Plugin::fill_defaults() {
  const bool complete = backend_.name != nullptr && backend_.version != nullptr && backend_.description != nullptr &&
                        backend_.schemes != nullptr && backend_.connect != nullptr && backend_.disconnect != nullptr &&
                        backend_.get_info != nullptr && backend_.run != nullptr;
  if (!complete) {
    fail(AIR_ERROR_INCOMPATIBLE,
         "its table lacks a required entry (name, version, description, schemes, connect, "
         "disconnect, get_info or run)");
  }
  if (backend_.claims == nullptr) backend_.claims = claims_nothing;
  if (backend_.cancel == nullptr) backend_.cancel = cancels_between_runs;
  if (backend_.reset_states == nullptr) backend_.reset_states = no_reset_states;
  if (backend_.ping == nullptr) backend_.ping = no_ping;
  if (backend_.scan == nullptr) backend_.scan = finds_nothing;
  if (backend_.reconnect == nullptr) backend_.reconnect = no_reconnect;
  if (backend_.memory_read == nullptr) backend_.memory_read = no_memory_read;
  if (backend_.memory_write == nullptr) backend_.memory_write = no_memory_write;
  if (backend_.memory_checksum == nullptr) backend_.memory_checksum = no_memory_checksum;
  if (backend_.self_test == nullptr) backend_.self_test = no_self_test;
}

}  // namespace air
