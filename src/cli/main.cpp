// SPDX-License-Identifier: BSD-3-Clause
// The `airunner` command: parses the command line and does what it says.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "airunner.h"
#include "commands.h"
#include "failure.h"
#include "server/serve_command.h"

namespace {

using namespace air::cli;

int run(int argc, char **argv) {
  CLI::App app("Runs and profiles a neural network wherever it was deployed.", "airunner");
  app.set_version_flag("--version", fmt::format("airunner {}", air_version()));
  app.require_subcommand(1);
  app.footer("`airunner COMMAND --help` tells the options of a command; airunner(1) and docs/cli.md tell the rest.");
  Options options;
  Action chosen;
  add_list(app, options, chosen);
  add_doctor(app, options, chosen);
  add_info(app, options, chosen);
  add_run(app, options, chosen);
  add_profile(app, options, chosen);
  air::server::ServeOptions serve_options;
  const CLI::App *serve = add_serve_command(app, serve_options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    const bool unknown = app.get_subcommands().empty() && argc > 1 && *argv[1] != '-';
    throw Failure(kUsage, unknown ? fmt::format("unknown command {}", argv[1]) : error.what(),
                  {"`airunner --help` and `airunner COMMAND --help` tell what there is"});
  }
  if (serve->parsed()) return air::server::serve(serve_options);  // sees to signals itself
  Interrupt interrupt;
  return chosen(interrupt);
}

}  // namespace

int main(int argc, char **argv) {
  try {
    const int exit_code = run(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw Failure(kFailed, "standard output cannot be written");
    return exit_code;
  } catch (const Failure &failure) {
    std::fflush(stdout);
    print_failure(failure);
    return failure.exit_code;
  } catch (const std::bad_alloc &) {
    print_failure(Failure(kFailed, "out of memory"));
  } catch (const std::exception &error) {
    print_failure(Failure(kFailed, error.what()));
  }
  return kFailed;
}
