// SPDX-License-Identifier: BSD-3-Clause
// One run of the command line: with progress bar, Ctrl-C and time limit.
#pragma once

#include <optional>

#include "connection.h"
#include "failure.h"
#include "inputs.h"
#include "interrupt.h"
#include "progress.h"

namespace air::cli {

// While one lives, Ctrl-C ends the invoke on its connection, and a progress bar shows on a terminal.
class Interactive {
 public:
  Interactive(Interrupt &interrupt, const Connection &connection);

  // The options with what shows the progress. Refers to this object.
  air_invoke_options applied(air_invoke_options invoke) const;

 private:
  Interrupt::Scope scope_;
  Progress progress_;
  air_callbacks callbacks_ = AIR_CALLBACKS_INIT;
};

struct Execution {
  const air_profile *profile;      // also of a run that failed on its way; its connection owns it
  std::optional<Failure> failure;  // timeout, Ctrl-C, an error of the network
};

// Throws Failure where nothing was run.
Execution execute(Interrupt &interrupt, const Connection &connection, Inputs &inputs, air_invoke_options invoke);

}  // namespace air::cli
