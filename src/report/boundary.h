// SPDX-License-Identifier: BSD-3-Clause
// The border of libairunner-report: texts are given out.
#pragma once

#include <exception>

#include "common/boundary.h"
#include "common/error.h"

namespace air::report {

// For functions of libairunner: one that has failed has told why, and air_last_error() stays as it is.
inline void check(air_status status) {
  backend::throw_recorded(status);
}

// What is being caught, for another thread or for later: what the library has recorded of it goes with it.
inline std::exception_ptr current_failure() noexcept try {
  try {
    throw;
  } catch (const backend::Recorded &) {
    const air_error &last = *air_last_error();
    const Error error(last.status, last.message, last.vendor_code, {last.causes, last.causes + last.n_causes});
    return std::make_exception_ptr(error);
  }
} catch (...) {
  return std::current_exception();
}

}  // namespace air::report
