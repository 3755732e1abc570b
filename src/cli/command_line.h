// SPDX-License-Identifier: BSD-3-Clause
// The command line, parsed into what to do.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace air::cli {

using Action = std::function<int()>;  // returns the exit code or throws Failure

// Of the words behind the program's name. Throws Failure for a command line that cannot be understood. --help and --version are answered here.
Action parse_command_line(const std::vector<std::string> &words);

}  // namespace air::cli
