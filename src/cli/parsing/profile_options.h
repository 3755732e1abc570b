// SPDX-License-Identifier: BSD-3-Clause
// The subcommand `profile` of the command line.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace air::cli {

// Adds the subcommand; parsing fills `options` and `own`, and finish_profile_command() what follows from all words together.
CLI::App *add_profile_command(CLI::App &app, Options &options, ProfileOptions &own);
void finish_profile_command(const CLI::App &command, ProfileOptions &own);

}  // namespace air::cli
