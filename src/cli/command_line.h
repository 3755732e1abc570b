// SPDX-License-Identifier: BSD-3-Clause
// The command line, parsed into what to do.
#pragma once

#include <functional>

namespace air::cli {

using Action = std::function<int()>;  // returns the exit code or throws Failure

// Throws Failure for a command line that cannot be understood. --help and --version are answered here.
Action parse_command_line(int argc, char **argv);

}  // namespace air::cli
