// SPDX-License-Identifier: BSD-3-Clause
// The texts of a reproducer that do not depend on what it shows.
#pragma once

namespace air::cli {

// reproduce.py: needs NumPy and the runtime of the models.
extern const char *const kReproduceScript;

}  // namespace air::cli
