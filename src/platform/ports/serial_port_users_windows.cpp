// SPDX-License-Identifier: BSD-3-Clause
// Who else uses a serial port: Windows does not tell. Who may: everybody.
#include "platform/ports/serial_port_users.h"

namespace air {

std::string port_users(const std::string &) {
  return "";
}

std::string how_to_be_let_in(const std::string &) {
  return "its owner alone may";
}

}  // namespace air
