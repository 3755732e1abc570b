// SPDX-License-Identifier: BSD-3-Clause
// What --help prints: as wide as the terminal, never wider than is read with ease.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace air::cli {

// `name` as it is called: "airunner profile".
std::string help_text(const CLI::App &app, const std::string &name);

// "-d, --desc"; "DESCRIPTOR" for what needs no option.
std::string names_of(const CLI::Option &option);

}  // namespace air::cli
