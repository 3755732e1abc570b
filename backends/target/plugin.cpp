// SPDX-License-Identifier: BSD-3-Clause
// Backend `serial:`, `socket:` and `rfc2217:`: boards and other targets that speak the aiValidation protocol. Exceptions stop here.
#include <array>
#include <atomic>
#include <memory>
#include <new>

#include "common/error.h"
#include "descriptor.h"
#include "ports.h"
#include "target.h"

struct air_connection : air::target::Target {
  using Target::Target;
};

namespace {

using air::Error;
using air::target::Interrupted;

// The library passes the same services at every call of the entry.
std::atomic<const air_host *> g_host{nullptr};

const air_host &host() {
  return *g_host.load(std::memory_order_relaxed);
}

air_status report(const Error &error) {
  host().set_error(error.status(), error.vendor_code(), error.what());
  for (const std::string &cause : error.causes()) host().add_cause(cause.c_str());
  return error.status();
}

// Does the work of one entry; `connection` may be NULL.
template <class Work>
air_status guard(const air_connection *connection, const Work &work) noexcept {
  try {
    try {
      work();
      return AIR_OK;
    } catch (const Error &error) {
      return report(error);
    } catch (const Interrupted &interrupted) {
      if (connection != nullptr) host().add_cause(fmt::format("this was while {}", connection->doing()).c_str());
      return interrupted.status();
    } catch (const std::bad_alloc &) {
      return report(Error(AIR_ERROR_NO_MEMORY, "out of memory"));
    } catch (const std::exception &error) {
      return report(Error(AIR_ERROR_INTERNAL, error.what()));
    }
  } catch (...) {
    host().set_error(AIR_ERROR_NO_MEMORY, 0, "out of memory");
    return AIR_ERROR_NO_MEMORY;
  }
}

air_status connect(const air_connect_request *request, air_connection **out_connection) {
  return guard(nullptr, [&] { *out_connection = std::make_unique<air_connection>(host(), *request).release(); });
}

void disconnect(air_connection *connection) {
  const std::unique_ptr<air_connection> owned(connection);
}

air_status get_info(air_connection *connection, const air_connection_info **out_info) {
  *out_info = &connection->info();
  return AIR_OK;
}

air_status run(air_connection *connection, uint32_t model, const air_run *run) {
  return guard(connection, [&] { connection->run(model, *run); });
}

void cancel(air_connection *connection) {
  connection->cancel();
}

air_status ping(air_connection *connection) {
  return guard(connection, [&] { connection->ping(); });
}

air_status reconnect(air_connection *connection) {
  return guard(connection, [&] { connection->reconnect(); });
}

air_status memory_read(air_connection *connection, uint64_t address, void *data, uint64_t size) {
  return guard(connection, [&] { connection->read_memory(address, {static_cast<std::byte *>(data), size}); });
}

air_status memory_write(air_connection *connection, uint64_t address, const void *data, uint64_t size) {
  return guard(connection, [&] { connection->write_memory(address, {static_cast<const std::byte *>(data), size}); });
}

air_status memory_checksum(air_connection *connection, uint64_t address, uint64_t size, uint32_t *out_checksum) {
  return guard(connection, [&] { *out_checksum = connection->checksum_memory(address, size); });
}

air_status self_test(air_connection *connection, uint32_t test, uint32_t extra, uint32_t option, uint32_t *out_value) {
  return guard(connection, [&] { *out_value = connection->self_test(test, extra, option); });
}

air_status scan(void *, void *sink, air_found_fn found) {
  return guard(nullptr, [&] {
    for (const air::target::Port &port : air::target::find_ports()) {
      if (!port.is_st()) continue;
      const std::string descriptor = fmt::format("serial:{}:{}", port.device, air::target::kDefaultBaud);
      found(sink, descriptor.c_str(), port.description.c_str());
    }
  });
}

uint32_t claims(const char *text) {
  return air::target::claims(text);
}

constexpr std::array<const char *, 5> kSchemes = {"serial", "socket", "tcp", "rfc2217", nullptr};

constexpr air_backend kBackend = {
    .struct_size = sizeof(air_backend),
    .abi_version = AIR_BACKEND_ABI_VERSION,
    .name = "target",
    .version = AIR_VERSION_TEXT,
    .description = "boards with the aiValidation firmware, over a serial port or TCP",
    .schemes = kSchemes.data(),
    .claims = claims,
    .connect = connect,
    .disconnect = disconnect,
    .get_info = get_info,
    .run = run,
    .cancel = cancel,
    .reset_states = nullptr,
    .ping = ping,
    .scan = scan,
    .reconnect = reconnect,
    .memory_read = memory_read,
    .memory_write = memory_write,
    .memory_checksum = memory_checksum,
    .self_test = self_test,
};

}  // namespace

const air_backend *air_backend_query(uint32_t abi_version, const air_host *host) {
  if (abi_version != AIR_BACKEND_ABI_VERSION) return nullptr;
  g_host.store(host, std::memory_order_relaxed);
  return &kBackend;
}
