// SPDX-License-Identifier: BSD-3-Clause
// What is thrown becomes the thread's last error in libairunner.
#include "report/boundary.h"

air_status air::record_thrown() noexcept {
  return record_thrown_by(
      [](const Error &error) noexcept { air_set_error(error.status(), error.vendor_code(), error.what()); },
      []() noexcept { air_set_error(AIR_ERROR_NO_MEMORY, 0, "out of memory"); });
}
