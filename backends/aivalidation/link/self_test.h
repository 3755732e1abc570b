// SPDX-License-Identifier: BSD-3-Clause
// Self tests of the target: the host's part of them.
#pragma once

#include "aivalidation/link/command.h"
#include "aivalidation/link/limits.h"

namespace air::aivalidation {

// Returns what the last reply carries: the parameter of an acknowledge, the id of an operator.
uint32_t run_self_test(Link &link, const HostLog &log, const Limits &limits, uint32_t test, uint32_t extra,
                       uint32_t option);

}  // namespace air::aivalidation
