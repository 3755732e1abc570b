// SPDX-License-Identifier: BSD-3-Clause
// LiteRT started for one connection.
#pragma once

#include "litert/api.h"

namespace air::litert {

// What is logged goes to the terminal: `log` is how bad it has to be. Only accelerators that are asked for are looked for.
Owned<abi::Environment> make_environment(const Api &api, int accelerators, int log);

// A silent one. Throws UNSUPPORTED where the runtime has no accelerator that is asked for: it would go on without.
Owned<abi::Environment> open_environment(const Api &api, int accelerators);

}  // namespace air::litert
