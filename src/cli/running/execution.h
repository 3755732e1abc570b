// SPDX-License-Identifier: BSD-3-Clause
// One run of the command line: with progress bar, Ctrl-C and time limit.
#pragma once

#include <optional>

#include "cli/inputs/inputs.h"
#include "cli/running/connection.h"
#include "cli/running/failure.h"
#include "common/values.h"

namespace air::cli {

struct Execution {
  HeldResult result;               // also of a run that failed on its way; none where it had not begun
  std::optional<Failure> failure;  // timeout, Ctrl-C, an error of the network

  uint64_t n_samples() const { return result ? air_get_profile(result.get())->n_samples : 0; }
};

// Throws Failure where the inputs are refused.
Execution execute(const Connection &connection, const Inputs &inputs, air_invoke_options invoke);

}  // namespace air::cli
