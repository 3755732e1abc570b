// SPDX-License-Identifier: BSD-3-Clause
// Who else uses a serial port, and who may.
#pragma once

#include <string>

namespace air {

// "picocom (process 4711)", several joined by commas; "" when the system does not tell, as Windows. This process is left out.
std::string port_users(const std::string &device);

// What whoever may not open a port can do about it: "become a member of group dialout, and log in again".
std::string how_to_be_let_in(const std::string &device);

}  // namespace air
