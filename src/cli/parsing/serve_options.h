// SPDX-License-Identifier: BSD-3-Clause
// The subcommand `serve` of the command line.
#pragma once

#include <CLI/CLI.hpp>

#include "server/serve.h"

namespace air::cli {

// Adds the subcommand; parsing fills `options`. `--fault list` prints the faults and ends the parsing as --help does.
CLI::App *add_serve_command(CLI::App &app, server::ServeOptions &options);

}  // namespace air::cli
