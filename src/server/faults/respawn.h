// SPDX-License-Identifier: BSD-3-Clause
// A server that outlives its models: a child process serves, and is started anew when it is brought down.
#pragma once

#include <functional>

namespace air::server {

// What a child does: serves, calls `ready` once clients can come, and returns the exit code.
using ServeChild = std::function<int(const std::function<void()> &ready)>;

// Keeps a child serving, the first of which calls `announce` too, until it ends by itself, or on SIGINT or SIGTERM, which are passed on to it. Returns the exit code. One that is
// brought down before it ever served is not started anew. To be called before any other thread begins, with the ending signals blocked.
int keep_serving(const ServeChild &serve, const std::function<void()> &announce);

}  // namespace air::server
