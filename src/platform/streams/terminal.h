// SPDX-License-Identifier: BSD-3-Clause
// What standard output and standard error are connected to.
#pragma once

#include <cstdint>

namespace air {

bool stdout_is_terminal();
bool stderr_is_terminal();

// Width of tables: COLUMNS, else the terminal, else 0 for unlimited.
uint32_t output_width();

// Only on a terminal that can, and never with NO_COLOR (https://no-color.org).
bool output_colour();

}  // namespace air
