// SPDX-License-Identifier: BSD-3-Clause
// Public functions of connections and sessions.
#include "boundary.h"
#include "descriptor.h"
#include "common/struct_size.h"

using air::guarded;
using air::object;
using air::required;

const char *air_version(void) {
  return AIR_VERSION_TEXT;
}

uint32_t air_abi_version(void) {
  return AIR_ABI_VERSION;
}

air_status air_connect(const char *descriptor, const air_connect_options *options, air_runner **out_runner) {
  return guarded([&] {
    air_runner *&out = required(out_runner, "out_runner");
    const auto read = air::read_struct(options, air_connect_options AIR_CONNECT_OPTIONS_INIT, "air_connect_options");
    const air::Descriptor parsed = air::parse_descriptor(descriptor == nullptr ? "" : descriptor);
    out = air::handle(std::make_unique<air::Runner>(parsed, read).release());
  });
}

void air_disconnect(air_runner *runner) {
  const std::unique_ptr<air::Runner> owned(reinterpret_cast<air::Runner *>(runner));
}

const char *air_get_descriptor(const air_runner *runner) {
  return runner == nullptr ? "" : reinterpret_cast<const air::Runner *>(runner)->descriptor().c_str();
}

const char *air_get_backend(const air_runner *runner) {
  return runner == nullptr ? "" : reinterpret_cast<const air::Runner *>(runner)->backend().name;
}

uint32_t air_get_n_models(const air_runner *runner) {
  return runner == nullptr ? 0
                           : static_cast<uint32_t>(reinterpret_cast<const air::Runner *>(runner)->sessions().size());
}

air_status air_get_session_at(air_runner *runner, uint32_t index, air_session **out_session) {
  return guarded([&] {
    const auto sessions = object(runner).sessions();
    air_session *&out = required(out_session, "out_session");
    if (index >= sessions.size()) {
      air::fail(AIR_ERROR_NOT_FOUND, "no model at index {}: there are {}", index, sessions.size());
    }
    out = air::handle(sessions[index].get());
  });
}

air_status air_get_session(air_runner *runner, const char *name, air_session **out_session) {
  return guarded([&] {
    const air::Runner &owner = object(runner);
    air_session *&out = required(out_session, "out_session");
    out = air::handle(&owner.session(name));
  });
}

air_status air_get_info(const air_session *session, const air_model_info **out_info) {
  return guarded([&] {
    const air::Session &owner = object(session);
    required(out_info, "out_info") = &owner.model();
  });
}

air_status air_reset_states(air_session *session) {
  return guarded([&] { object(session).reset_states(); });
}

void air_cancel(air_runner *runner) {
  if (runner != nullptr) reinterpret_cast<air::Runner *>(runner)->cancel();
}
