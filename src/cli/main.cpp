// SPDX-License-Identifier: BSD-3-Clause
// The `airunner` command: parses the command line and does what it says.
#include <fmt/format.h>

#include <system_error>

#include "cli/command_line.h"
#include "cli/running/failure.h"
#include "platform/processes/arguments.h"
#include "platform/streams/streams.h"

using namespace air::cli;

namespace {

int ended_by(const Failure &failure) {
  print_failure(failure);
  return failure.exit_code;
}

}  // namespace

int main(int argc, char **argv) {
  air::keep_streams();
  try {
    std::vector<std::string> words = air::command_line_words(argc, argv);
    if (!words.empty()) words.erase(words.begin());  // the program's name
    const int exit_code = parse_command_line(words)();
    if (const int error = air::result_error(); error != 0) {
      throw Failure(kFailed,
                    fmt::format("standard output cannot be written: {}", std::generic_category().message(error)));
    }
    return exit_code;
  } catch (const Failure &failure) {
    return ended_by(failure);
  } catch (const air::Error &error) {
    return ended_by(own_failure(error, kFailed));
  } catch (const std::bad_alloc &) {
    print_failure(Failure(kFailed, "out of memory"));
  } catch (const std::exception &error) {
    print_failure(Failure(kFailed, error.what()));
  }
  return kFailed;
}
