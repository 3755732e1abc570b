// SPDX-License-Identifier: BSD-3-Clause
// The services that the library offers to plugins, and the way back for the errors they record.
#pragma once

#include "airunner_backend.h"

namespace air {

const air_host &host_services() noexcept;

uint64_t now_ns() noexcept;

// Makes room for what a backend records on this thread, and forgets what it recorded earlier; call before entering a backend.
void clear_backend_error();

// Throws what the backend recorded on this thread. `entry` names the call for a backend that recorded nothing.
[[noreturn]] void throw_backend_error(air_status status, const char *entry);

}  // namespace air
