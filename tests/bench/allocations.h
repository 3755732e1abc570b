// SPDX-License-Identifier: BSD-3-Clause
// Counts every allocation of the process, whichever library makes it.
#pragma once

#include <cstdint>

namespace bench {

// Calls of malloc and its relatives so far; operator new is among them. Stays 0 in a sanitized build, which has its own malloc.
uint64_t n_allocations();

}  // namespace bench
