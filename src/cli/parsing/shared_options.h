// SPDX-License-Identifier: BSD-3-Clause
// Options that several subcommands have.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/parsing/checks.h"

namespace air::cli {

// An option that takes one of some words, which its text tells; several of them with commas where it holds more.
template <class Value>
CLI::Option *add_choice(CLI::App &command, const char *name, Value &value, const std::string &text,
                        const std::vector<std::string> &words) {
  CLI::Option *option = command.add_option(name, value, fmt::format("{}: {}", text, fmt::join(words, ", ")));
  return option->type_name("WORD")->check(one_of(words));
}

void add_plugin_path_option(CLI::App &command, Options &options);

// What every command has: --json, --verbose, --plugin-path.
void add_common_options(CLI::App &command, Options &options);

void add_descriptor_option(CLI::App &command, Options &options, const char *text = "");

// What is called with the one model that it cannot do without.
void need_descriptor(const CLI::App &command);

// Where more than one connection is made: `names` gets the models of each.
void add_connect_options(CLI::App &command, Options &options, std::vector<std::string> *names = nullptr);

void add_input_options(CLI::App &command, Options &options);

// Inputs, modes and conversions.
void add_invoke_options(CLI::App &command, Options &options);

void add_html_option(CLI::App &command, std::string &path);

void add_model_explorer_option(CLI::App &command, std::string &path);

void add_placement_options(CLI::App &command, PlacementOptions &placement);

void add_finding_options(CLI::App &command, std::string &junit, bool &github);

}  // namespace air::cli
