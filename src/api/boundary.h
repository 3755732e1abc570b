// SPDX-License-Identifier: BSD-3-Clause
// The border of the library: here exceptions become statuses, and handles become objects.
#pragma once

#include <new>
#include <string>

#include "common/struct_size.h"
#include "core/error.h"
#include "core/run/runner.h"
#include "core/run/session.h"

namespace air {

inline air_status record_internal(const char *message) noexcept try {
  record_last_error(Error(AIR_ERROR_INTERNAL, message));
  return AIR_ERROR_INTERNAL;
} catch (const std::bad_alloc &) {
  record_no_memory();
  return AIR_ERROR_NO_MEMORY;
}

// Runs the body of a public function. Nothing is thrown past it.
template <class Body>
air_status guarded(Body &&body) noexcept {
  try {
    body();
    return AIR_OK;
  } catch (const Error &error) {
    record_last_error(error);
    return error.status();
  } catch (const std::bad_alloc &) {
    record_no_memory();
    return AIR_ERROR_NO_MEMORY;
  } catch (const std::exception &error) {
    return record_internal(error.what());
  } catch (...) {
    return record_internal("something that is no exception was thrown");
  }
}

template <class T>
T &required(T *pointer, const char *name) {
  if (pointer == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "{} is NULL", name);
  return *pointer;
}

inline Runner &object(air_runner *runner) {
  return required(reinterpret_cast<Runner *>(runner), "runner");
}
inline Session &object(air_session *session) {
  return required(reinterpret_cast<Session *>(session), "session");
}
inline const Session &object(const air_session *session) {
  return required(reinterpret_cast<const Session *>(session), "session");
}

inline air_runner *handle(Runner *runner) {
  return reinterpret_cast<air_runner *>(runner);
}
inline air_session *handle(Session *session) {
  return reinterpret_cast<air_session *>(session);
}

// What limits a call that waits; NULL: nothing.
inline air_call limits_of(const air_call *call) {
  return read_struct(call, air_call{}, "air_call", AIR_SIZE_UP_TO(air_call, token));
}

}  // namespace air
