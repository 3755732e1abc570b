// SPDX-License-Identifier: BSD-3-Clause
// How long to wait for a target.
#include "aivalidation/link/limits.h"

#include <algorithm>

namespace air::aivalidation {

Limits Limits::make(std::optional<uint32_t> reply_timeout_ms) {
  Limits limits;
  if (!reply_timeout_ms) return limits;
  const uint32_t ms = *reply_timeout_ms;
  for (uint32_t *wait :
       {&limits.sys_info, &limits.network_info, &limits.run, &limits.input, &limits.inference, &limits.tensor,
        &limits.sync, &limits.memory, &limits.self_test, &limits.in_message, &limits.write}) {
    *wait = ms;
  }
  limits.resync = std::max(limits.resync, ms);
  limits.connect = std::max(limits.connect, ms);
  return limits;
}

}  // namespace air::aivalidation
