// SPDX-License-Identifier: BSD-3-Clause
// The self tests of the target: small exchanges that exercise one thing each.
#pragma once

#include <string_view>

#include "server/exchange.h"
#include "server/models/memory.h"

namespace air::server {

// Answers kCmdTest.
void serve_self_test(Exchange &exchange, Memory &memory, const wire::Request &request);

}  // namespace air::server
