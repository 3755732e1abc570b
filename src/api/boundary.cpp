// SPDX-License-Identifier: BSD-3-Clause
// What is thrown becomes the thread's last error.
#include "api/boundary.h"

#include "core/error.h"

air_status air::record_thrown() noexcept {
  return record_thrown_by(record_last_error, record_no_memory);
}
