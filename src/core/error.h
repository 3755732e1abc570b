// SPDX-License-Identifier: BSD-3-Clause
// The thread's record of its last error, for air_last_error().
#pragma once

#include "common/error.h"

namespace air {

// Makes `error` what air_last_error() tells on this thread.
void record_last_error(const Error &error) noexcept;
// The same for a lack of memory, without needing some.
void record_no_memory() noexcept;
const air_error *last_error() noexcept;
// How often this thread has called air_set_error().
uint64_t n_set_errors() noexcept;

}  // namespace air
