// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a command line, in our own words.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/running/failure.h"

namespace air::cli {

Failure complaint(const CLI::App &app, const CLI::ParseError &error);
Failure unknown_command(const CLI::App &app, const std::string &word);

// Throws Failure where a positional that the command cannot do without was left out.
void need(const CLI::App &command, const std::string &positional, const std::string &what, const std::string &example);

}  // namespace air::cli
