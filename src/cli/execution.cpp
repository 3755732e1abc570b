// SPDX-License-Identifier: BSD-3-Clause
// One run of the command line: with progress bar, Ctrl-C and time limit.
#include "execution.h"

#include <fmt/format.h>

#include "terminal.h"

namespace air::cli {
namespace {

// The library speaks of "input #1"; the user knows files.
void add_sources(Failure &failure, const Inputs &inputs) {
  for (size_t i = 0; i < inputs.sources.size(); ++i) {
    failure.causes.push_back(fmt::format("input #{} is {}", i + 1, inputs.sources[i]));
  }
}

}  // namespace

Interactive::Interactive(Interrupt &interrupt, const Connection &connection) : scope_(interrupt, connection.runner()) {
  callbacks_.user = &progress_;
  callbacks_.on_progress = &Progress::on_progress;
}

air_invoke_options Interactive::applied(air_invoke_options invoke) const {
  if (stderr_is_terminal()) invoke.callbacks = &callbacks_;
  return invoke;
}

Execution execute(Interrupt &interrupt, const Connection &connection, Inputs &inputs, air_invoke_options invoke) {
  const std::vector<air_buffer> buffers = inputs.buffers();
  const Interactive interactive(interrupt, connection);
  invoke = interactive.applied(invoke);

  Execution result{nullptr, std::nullopt};
  const air_status status = air_invoke(connection.session(), inputs.n_samples, buffers.data(),
                                       static_cast<uint32_t>(buffers.size()), nullptr, 0, &invoke);
  if (status != AIR_OK) result.failure = library_failure(kFailed);
  if (status == AIR_ERROR_INVALID_INPUT) {
    add_sources(*result.failure, inputs);
    throw *result.failure;
  }
  if (air_get_profile(connection.session(), &result.profile) != AIR_OK) {
    throw result.failure ? *result.failure : library_failure(kFailed);
  }
  return result;
}

}  // namespace air::cli
