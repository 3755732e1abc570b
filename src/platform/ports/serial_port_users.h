// SPDX-License-Identifier: BSD-3-Clause
// Who else uses a serial port, and who may.
#pragma once

#include <string>

namespace air {

// "picocom (process 4711)", several joined by commas; "" when the system does not tell, as Windows. This process is left out.
std::string port_users(const std::string &device);

// "group dialout" when its members may use the port; else "".
std::string port_group(const std::string &device);

}  // namespace air
