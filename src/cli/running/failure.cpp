// SPDX-License-Identifier: BSD-3-Clause
// How the command ends: exit codes, and failures on their way to main().
#include "cli/running/failure.h"

#include <fmt/format.h>

#include "airunner_st.h"
#include "common/utf8.h"
#include "platform/streams/streams.h"

namespace air::cli {
namespace {

ExitCode exit_code(air_status status, ExitCode otherwise) {
  switch (status) {
    case AIR_ERROR_INVALID_INPUT:
      return kBadInput;
    case AIR_ERROR_TIMEOUT:
      return kTimeout;
    case AIR_ERROR_CANCELLED:
      return kCancelled;
    default:
      return otherwise;
  }
}

}  // namespace

Failure library_failure(ExitCode otherwise) {
  const air_error &error = *air_last_error();
  return {exit_code(error.status, otherwise),
          fmt::format("[{}, E{}] {}", air_status_name(error.status), air_st_error_number(error.status), error.message),
          {error.causes, error.causes + error.n_causes}};
}

Failure own_failure(const Error &error, ExitCode otherwise) {
  return {exit_code(error.status(), otherwise), error.what(), error.causes()};
}

void check(air_status status, ExitCode otherwise) {
  if (status != AIR_OK) throw library_failure(otherwise);
}

void print_failure(const Failure &failure) {
  std::string text = fmt::format("airunner: {}\n", printable(failure.what()));
  for (const std::string &cause : failure.causes) text += fmt::format("  {}\n", printable(cause));
  print_note(text);
}

}  // namespace air::cli
