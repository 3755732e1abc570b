// SPDX-License-Identifier: BSD-3-Clause
// How the command ends: exit codes, and failures on their way to main().
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "airunner.h"
#include "common/error.h"

namespace air::cli {

// Documented in docs/cli.md and airunner(1).
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNotConnected = 3,
  kBadInput = 4,
  kDiffers = 5,
  kNoVerdict = 6,
  kPlacement = 7,
  kRegression = 8,
  kCannotTell = 9,
  kTimeout = 124,
  kCancelled = 130,
};

struct Failure : std::runtime_error {
  Failure(ExitCode code, const std::string &message, std::vector<std::string> causes = {})
      : std::runtime_error(message), exit_code(code), causes(std::move(causes)) {}

  ExitCode exit_code;
  std::vector<std::string> causes;
};

// The last error of the library, "[timeout, E801] ..." with its causes. Timeouts, cancels and refused inputs have exit codes of their
// own; `otherwise` is that of all others.
Failure library_failure(ExitCode otherwise);

// An error of what is compiled in, with the same exit codes.
Failure own_failure(const Error &error, ExitCode otherwise);

// Throws library_failure() unless the status is AIR_OK.
void check(air_status status, ExitCode otherwise);

void print_failure(const Failure &failure);  // on stderr

}  // namespace air::cli
