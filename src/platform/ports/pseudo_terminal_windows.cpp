// SPDX-License-Identifier: BSD-3-Clause
// A pseudo-terminal: Windows has none that a program takes for a serial port.
#include <system_error>

#include "platform/ports/pseudo_terminal.h"

namespace air {

PseudoTerminal::PseudoTerminal(bool) {
  throw std::system_error(
      std::make_error_code(std::errc::function_not_supported),
      "Windows has no pseudo-terminals: listen at a TCP port, or at one end of a pair of virtual serial ports");
}

// Nobody has one.
bool PseudoTerminal::take_user() {
  return false;
}

bool PseudoTerminal::user_has_left() {
  return true;
}

}  // namespace air
