// SPDX-License-Identifier: BSD-3-Clause
// The options of the command line, once for all subcommands.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace air::cli {

struct Options {
  // every subcommand
  bool json = false;
  int verbosity = 0;
  std::vector<std::string> plugin_paths;

  // where a connection is made
  std::string descriptor;
  std::string model;
  std::vector<std::string> backend_options;  // "key=value"
  std::vector<std::string> weights;          // files
  double timeout_s = 0;                      // 0: none given

  // where a model is run
  std::vector<std::string> modes;
  std::vector<std::string> io_modes;
  std::vector<std::string> inputs;
  std::optional<uint64_t> batch;
  uint32_t seed = 42;
  std::vector<double> range;  // empty, or low and high

  uint32_t timeout_ms() const { return static_cast<uint32_t>(timeout_s * 1000); }
  uint32_t mode(uint32_t otherwise) const;  // air_mode bits; `otherwise` when none are given
  uint32_t io_mode() const;                 // air_io_mode bits
};

void add_common_options(CLI::App &command, Options &options);
void add_connect_options(CLI::App &command, Options &options);
void add_invoke_options(CLI::App &command, Options &options);

}  // namespace air::cli
