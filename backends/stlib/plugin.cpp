// SPDX-License-Identifier: BSD-3-Clause
// The table of this backend.
#include <atomic>
#include <memory>

#include "airunner_backend.h"
#include "common/error.h"
#include "connection.h"
#include "plugin/guard.h"
#include "resolve.h"

struct air_connection final : air::stlib::Connection {
  using Connection::Connection;
};

namespace air::stlib {
namespace {

// The library passes the same services at every call of the entry.
std::atomic<const air_host *> g_host{nullptr};

const air_host &host() {
  return *g_host.load(std::memory_order_relaxed);
}

air_status connect(const air_connect_request *request, air_connection **out_connection) {
  return guarded(host(), [&] { *out_connection = std::make_unique<air_connection>(host(), *request).release(); });
}

void disconnect(air_connection *connection) {
  std::unique_ptr<air_connection> owner(connection);
}

air_status get_info(air_connection *connection, const air_connection_info **out_info) {
  *out_info = &connection->info();
  return AIR_OK;
}

air_status run(air_connection *connection, uint32_t model, const air_run *run) {
  return guarded(host(), [&] { connection->model(model).run(*run); });
}

air_status reset_states(air_connection *connection, uint32_t index) {
  return guarded(host(), [&] {
    Model &model = connection->model(index);
    if ((model.info().capabilities & AIR_CAP_RESET_STATES) == 0) {
      fail(AIR_ERROR_UNSUPPORTED, "model '{}' has no states", model.info().name);
    }
    model.reset_states();
  });
}

uint32_t claims(const char *text) {
  return text == nullptr ? 0 : claim_path(text);
}

constexpr const char *kSchemes[] = {"file", "lib", nullptr};

constexpr air_backend kBackend = {
    .struct_size = sizeof(air_backend),
    .abi_version = AIR_BACKEND_ABI_VERSION,
    .name = "stlib",
    .version = AIR_VERSION_TEXT,
    .description = "host libraries of ST Edge AI / X-CUBE-AI, st-ai and legacy API",
    .schemes = kSchemes,
    .claims = &claims,
    .connect = &connect,
    .disconnect = &disconnect,
    .get_info = &get_info,
    .run = &run,
    .reset_states = &reset_states,
};

}  // namespace
}  // namespace air::stlib

extern "C" const air_backend *air_backend_query(uint32_t abi_version, const air_host *host) {
  if (abi_version != AIR_BACKEND_ABI_VERSION || host == nullptr || host->struct_size < sizeof(air_host)) return nullptr;
  air::stlib::g_host.store(host, std::memory_order_relaxed);
  return &air::stlib::kBackend;
}
