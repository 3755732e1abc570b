// SPDX-License-Identifier: BSD-3-Clause
// The border of a plugin: exceptions end here and become the host's error record.
#pragma once

#include <exception>
#include <new>
#include <type_traits>

#include "airunner_backend.h"
#include "common/error.h"

namespace air {

inline air_status record(const air_host &host, air_status status, int32_t vendor_code, const char *message) noexcept {
  host.set_error(status, vendor_code, message);
  return status;
}

// Runs the body. Where it returns a status, one other than AIR_OK has been recorded already.
template <class Body>
air_status guarded(const air_host &host, Body body) noexcept {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
      body();
      return AIR_OK;
    } else {
      return body();
    }
  } catch (const Error &error) {
    record(host, error.status(), error.vendor_code(), error.what());
    for (const std::string &cause : error.causes()) host.add_cause(cause.c_str());
    return error.status();
  } catch (const std::bad_alloc &) {
    return record(host, AIR_ERROR_NO_MEMORY, 0, "out of memory in the backend");
  } catch (const std::exception &error) {
    return record(host, AIR_ERROR_INTERNAL, 0, error.what());
  } catch (...) {
    return record(host, AIR_ERROR_INTERNAL, 0, "unknown exception in the backend");
  }
}

}  // namespace air
