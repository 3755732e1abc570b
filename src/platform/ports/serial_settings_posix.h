// SPDX-License-Identifier: BSD-3-Clause
// What each system has its own calls for on an open serial port. Those with an int give 0 or errno.
#pragma once

#include <cstdint>

namespace air {

bool is_pseudo_terminal(int port) noexcept;

// Nobody else opens the port until it is left.
int take_exclusive(int port) noexcept;

// 8 data bits, no parity, one stop bit, no control of the flow, bytes as they are; any rate.
int set_raw_mode(int port, uint32_t baud, bool is_pseudo_terminal) noexcept;

// Where the driver has it.
void set_low_latency(int port) noexcept;

// What the driver made of the rate; 0 where it does not tell.
uint32_t current_baud(int port) noexcept;

}  // namespace air
