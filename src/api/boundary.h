// SPDX-License-Identifier: BSD-3-Clause
// The border of the library: handles become objects.
#pragma once

#include "common/boundary.h"
#include "common/struct_size.h"
#include "core/run/runner.h"
#include "core/run/session.h"

namespace air {

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
