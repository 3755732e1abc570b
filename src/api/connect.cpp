// SPDX-License-Identifier: BSD-3-Clause
// Public functions of connections and sessions.
#include "api/boundary.h"
#include "core/connect_options.h"
#include "core/descriptor.h"

using air::guarded;
using air::object;
using air::required;

const char *air_version(void) {
  return AIR_VERSION_TEXT;
}

int32_t air_supports(uint32_t major, uint32_t minor) {
  return major == AIR_ABI_VERSION && minor <= AIR_ABI_MINOR ? 1 : 0;
}

air_status air_connect(const char *descriptor, const air_connect_options *options, air_runner **out_runner) {
  return guarded([&] {
    const air_connect_options read = air::read_connect_options(options);
    auto log = std::make_unique<const air::Log>(read.log);  // from here on it is dropped, whatever happens
    air_runner *&out = required(out_runner, "out_runner");
    const air::Descriptor parsed = air::parse_descriptor(descriptor == nullptr ? "" : descriptor);
    out = air::handle(std::make_unique<air::Runner>(parsed, read, std::move(log)).release());
  });
}

air_status air_disconnect(air_runner *runner) {
  if (runner == nullptr) return AIR_OK;
  return guarded([&] {
    object(runner).close();
    const std::unique_ptr<air::Runner> owned(&object(runner));
  });
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

const air_model *air_get_model(const air_session *session) {
  if (session == nullptr) return nullptr;
  auto &owner = const_cast<air::Session &>(object(session));
  guarded([&] { owner.publish_model(); });  // without memory for it, the one before
  return &owner.model();
}

air_status air_prepare(air_session *session, const uint32_t *nodes, uint32_t n_nodes, const air_call *call) {
  return guarded([&] {
    air::Session &owner = object(session);
    if (n_nodes > 0) air::required(nodes, "nodes");
    owner.prepare({nodes, n_nodes}, air::limits_of(call));
  });
}

air_status air_reset_states(air_session *session, const air_call *call) {
  return guarded([&] {
    const air::Session &owner = object(session);
    owner.runner().call(air::limits_of(call), &air_backend::reset_states, "reset_states", owner.index());
  });
}
