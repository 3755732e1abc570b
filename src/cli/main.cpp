// SPDX-License-Identifier: BSD-3-Clause
// The `airunner` command: parses the command line and does what it says.
#include <cstdio>

#include "command_line.h"
#include "failure.h"

using namespace air::cli;

namespace {

int ended_by(const Failure &failure) {
  std::fflush(stdout);
  print_failure(failure);
  return failure.exit_code;
}

}  // namespace

int main(int argc, char **argv) {
  try {
    const int exit_code = parse_command_line(argc, argv)();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw Failure(kFailed, "standard output cannot be written");
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
