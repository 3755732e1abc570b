// SPDX-License-Identifier: BSD-3-Clause
// What the files about console events have in common.
#pragma once

#include <windows.h>

namespace air {

// The number of the signal that says the same: SIGINT for Ctrl-C, SIGTERM for Ctrl-Break, by which one program asks another, and SIGHUP for a
// console that is closed, a user who leaves and a machine that is switched off.
int signal_of(DWORD event) noexcept;

// Afterwards the handler says that the event is dealt with. Windows ends a process whose handler has said so of a console that goes away; as long as
// it has not, there are some seconds for the end.
void let_program_end(DWORD event) noexcept;

}  // namespace air
