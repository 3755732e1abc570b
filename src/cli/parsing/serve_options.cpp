// SPDX-License-Identifier: BSD-3-Clause
// The subcommand `serve` of the command line.
#include "cli/parsing/serve_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <map>
#include <vector>

#include "cli/parsing/checks.h"
#include "server/faults/faults.h"
#include "server/models/personality.h"

namespace air::cli {
namespace {

using server::ServeOptions;

constexpr double kNsPerMs = 1e6;
constexpr double kMsPerSecond = 1e3;
constexpr double kLongestIdleS = 1e6;

// "1ms", "0.5ms", "200us"; milliseconds without a unit.
std::chrono::nanoseconds parse_duration(const std::string &text) {
  static const std::map<std::string, double> kUnits = {{"", kNsPerMs}, {"ms", kNsPerMs}, {"us", 1e3}, {"s", 1e9}};
  size_t end = 0;
  double value = -1;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception &) {
    end = 0;
  }
  const auto unit = kUnits.find(text.substr(end));
  constexpr double kLongest = 60e9;
  if (end == 0 || unit == kUnits.end() || !(value >= 0) || value * unit->second > kLongest) {
    throw CLI::ValidationError("--turnaround", fmt::format("expected a time up to 60 s such as 1ms, got {}", text));
  }
  return std::chrono::nanoseconds(static_cast<int64_t>(value * unit->second));
}

// Takes `list` as a question, answered the way --version is.
void add_faults(ServeOptions &options, const std::vector<std::string> &texts) {
  for (const std::string &text : texts) {
    if (text == "list") throw CLI::CallForVersion(server::fault_table(), 0);
    options.faults.push_back(text);
  }
}

std::vector<std::string> personality_names() {
  std::vector<std::string> names;
  for (const server::Personality &personality : server::personalities()) names.emplace_back(personality.name);
  return names;
}

void add_target_options(CLI::App &command, ServeOptions &options) {
  command.add_option("--generation", options.generation, "2: link A; 3: link B; 4: link B and protocol 3.2 (3)")
      ->type_name("N")
      ->check(whole_number(2, 4));
  command.add_option("--packet", options.packet, "Packet size that the target asks for (32)")
      ->type_name("32..4094")
      ->check(whole_number(32, 4094));
  command
      .add_option("--personality", options.personality,
                  fmt::format("Firmware to resemble (st-ai): {}", fmt::join(personality_names(), ", ")))
      ->type_name("NAME")
      ->check(one_of(personality_names()));
  command.add_flag("--memory", options.memory, "Offer the memory services");
  command.add_flag("--self-test", options.self_test, "Offer the self tests");
}

void add_lifetime_options(CLI::App &command, ServeOptions &options) {
  command
      .add_option_function<double>(
          "--idle-timeout",
          [&options](double seconds) {
            options.idle_timeout = std::chrono::milliseconds(std::llround(seconds * kMsPerSecond));
          },
          "Give up a TCP client that says nothing for so long; 0: never (600)")
      ->type_name("SECONDS")
      ->check(number(0, kLongestIdleS, " s"));
  command.add_flag("--once", options.once, "End with the first client, or when the serial port goes");
  command.add_flag("--respawn", options.respawn, "Start anew when a model crashes; the port stays");
}

void add_line_options(CLI::App &command, ServeOptions &options) {
  command.add_option("--line-rate", options.line_rate, "Simulate a serial line of this many baud")
      ->type_name("BAUD")
      ->check(whole_number(0, UINT32_MAX));
  command
      .add_option_function<std::string>(
          "--turnaround", [&options](const std::string &text) { options.turnaround = parse_duration(text); },
          "Simulate a delay before each answer and sync byte")
      ->type_name("TIME");
  command
      .add_option_function<std::vector<std::string>>(
          "--fault", [&options](const std::vector<std::string> &texts) { add_faults(options, texts); },
          "Commit a fault; repeatable; `list` prints them all")
      ->type_name("NAME[=VALUE][@WHERE]")
      ->allow_extra_args(false)
      ->trigger_on_parse();
}

}  // namespace

CLI::App *add_serve_command(CLI::App &app, ServeOptions &options) {
  CLI::App *command = app.add_subcommand("serve", "Offer models over the protocol of STM32 targets");
  command->add_option("DESCRIPTOR", options.descriptors, "What to serve: file:<path>, <path>, null:, ...; repeatable");
  command->add_option("--listen", options.listen, "Where clients come from (tcp:127.0.0.1:10000)")
      ->type_name("tcp:HOST:PORT|pty[:LINK]|serial:DEVICE[:BAUD]");
  command->add_flag("--allow-remote", options.allow_remote, "Listen on addresses that other machines reach");
  add_lifetime_options(*command, options);
  add_target_options(*command, options);
  add_line_options(*command, options);
  command->add_flag("-v,--verbose", options.verbosity, "Log to standard error; twice: debug messages");
  command->add_option("--plugin-path", options.plugin_paths, "Plugin file or folder, searched first; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->check(check_is_told);
  return command;
}

}  // namespace air::cli
