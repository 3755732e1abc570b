// SPDX-License-Identifier: BSD-3-Clause
// A pseudo-terminal that passes bytes as they are. Nothing tells who opens and closes a terminal: it is always held, and who has it open is its user.
#include "platform/ports/pseudo_terminal.h"
#include "platform/ports/raw_terminal_posix.h"

namespace air {

PseudoTerminal::PseudoTerminal(bool) : master_(open_master()), path_(other_side(master_)), held_(open_raw(path_)) {}

bool PseudoTerminal::take_user() {
  return is_held();
}

bool PseudoTerminal::user_has_left() {
  return !is_held();
}

}  // namespace air
