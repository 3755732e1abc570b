// SPDX-License-Identifier: BSD-3-Clause
// The subcommands. Each function adds one to the command line; when the user names it, `chosen` becomes what to do.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "interrupt.h"
#include "options.h"

namespace air::cli {

using Action = std::function<int(Interrupt &)>;  // returns the exit code or throws Failure

void add_list(CLI::App &app, Options &options, Action &chosen);
void add_doctor(CLI::App &app, Options &options, Action &chosen);
void add_info(CLI::App &app, Options &options, Action &chosen);
void add_run(CLI::App &app, Options &options, Action &chosen);
void add_profile(CLI::App &app, Options &options, Action &chosen);

}  // namespace air::cli
