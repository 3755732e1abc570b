// SPDX-License-Identifier: BSD-3-Clause
// The services that the library offers to plugins, and the way back for the errors they record.
#pragma once

#include <string_view>

#include "core/error.h"

namespace air {

const air_host &host_services() noexcept;

uint64_t now_ns() noexcept;

// Makes room for what a backend records on this thread, and forgets what it recorded earlier; call before entering a backend.
void clear_backend_error();

// Throws what the backend recorded on this thread, with the names of backend ("": not known yet) and entry where it is a fault or says nothing.
// AIR_ERROR_CANCELLED is for whoever knows of tokens to throw before.
[[noreturn]] void throw_backend_error(air_status status, std::string_view backend, const char *entry);

// Runs what judges a backend's words: a fault of theirs, AIR_ERROR_INTERNAL, gets the names of backend and entry.
template <class Judge>
auto judged(std::string_view backend, const char *entry, Judge judge) try {
  return judge();
} catch (const Error &error) {
  if (error.status() != AIR_ERROR_INTERNAL) throw;
  fail(AIR_ERROR_INTERNAL, "backend {}: {}: {}", backend, entry, error.what());
}

// Runs what a backend calls: it is told what was thrown, by a status and the record of its error.
template <class Body>
air_status answered(Body body) noexcept {
  try {
    body();
    return AIR_OK;
  } catch (const Error &error) {
    host_services().set_error(error.status(), error.vendor_code(), error.what());
    return error.status();
  } catch (...) {
    host_services().set_error(AIR_ERROR_NO_MEMORY, 0, "out of memory");
    return AIR_ERROR_NO_MEMORY;
  }
}

}  // namespace air
