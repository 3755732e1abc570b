// SPDX-License-Identifier: BSD-3-Clause
// One run of the command line: with progress bar, Ctrl-C and time limit.
#include "cli/running/execution.h"

#include <fmt/format.h>

#include "cli/running/interrupt.h"
#include "cli/running/limit.h"
#include "cli/running/progress.h"
#include "platform/streams/terminal.h"

namespace air::cli {
namespace {

// The library speaks of "input #1"; the user knows files.
void add_sources(Failure &failure, const Inputs &inputs) {
  for (size_t i = 0; i < inputs.sources.size(); ++i) {
    failure.causes.push_back(fmt::format("input #{} is {}", i + 1, inputs.sources[i]));
  }
}

}  // namespace

Execution execute(const Connection &connection, const Inputs &inputs, air_invoke_options invoke) {
  const std::vector<air_input> given = inputs.air_inputs();
  const Waiting waiting;
  const Limit limit("running " + std::string(connection.model().descriptor), invoke.timeout_ms);
  Progress progress;
  const air_callbacks callbacks = {
      .struct_size = sizeof(callbacks), .user = &progress, .on_progress = &Progress::on_progress};
  invoke.mode |= AIR_MODE_PARTIAL;
  Execution execution;
  const air_status status =
      air_invoke(connection.session(), inputs.n_samples, given.data(), static_cast<uint32_t>(given.size()), nullptr, 0,
                 &invoke, stderr_is_terminal() ? &callbacks : nullptr, execution.result.out());
  if (status != AIR_OK) execution.failure = library_failure(kFailed);
  if (status == AIR_ERROR_INVALID_INPUT) {
    add_sources(*execution.failure, inputs);
    throw *execution.failure;
  }
  return execution;
}

}  // namespace air::cli
