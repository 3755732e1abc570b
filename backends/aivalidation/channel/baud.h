// SPDX-License-Identifier: BSD-3-Clause
// Settings of a serial port that only the system's own calls know. Errors are errno values, 0 for success.
#pragma once

#include <cstdint>

namespace air::aivalidation {

// Raw 8N1 without flow control at any rate; empties both buffers.
int set_raw_mode(int fd, uint32_t baud);
// The rate the port has now, 0 when it cannot be told.
uint32_t current_baud(int fd);
// Nobody else may lock the port; EBUSY when somebody has it.
int take_lock(int fd);
// Nobody else may open the port, whether he locks or not; EBUSY when somebody has said so. Release it before closing.
int take_exclusive(int fd);
void release_exclusive(int fd);
// Bytes received are handed over at once, where the driver can do that.
void set_low_latency(int fd);

}  // namespace air::aivalidation
