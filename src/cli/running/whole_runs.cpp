// SPDX-License-Identifier: BSD-3-Clause
// The command run again in processes of their own.
#include "cli/running/whole_runs.h"

#include <chrono>
#include <system_error>

#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "platform/processes/process.h"

namespace air::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{50};

// Until it closes its output.
std::string output_of(const Process &process, const air_token *token) {
  std::string text;
  for (bool is_told = false; process.read(text, kBetweenLooks);) {
    if (is_told || air_is_cancelled(token) == 0) continue;
    process.interrupt();
    is_told = true;
  }
  return text;
}

}  // namespace

std::string output_of_run(const std::vector<std::string> &words, const air_token *token) try {
  const Waiting waiting;
  Process process(words, Process::Kind::kHeard);
  std::string text = output_of(process, token);
  const ProcessEnd &end = process.wait();
  if (air_is_cancelled(token) != 0) throw Failure(kCancelled, "interrupted");
  if (end.by_signal) throw Failure(kFailed, end.text);
  if (end.number != kOk) throw Failure(static_cast<ExitCode>(end.number), end.text);
  return text;
} catch (const std::system_error &error) {
  throw Failure(kFailed, error.what());
}

}  // namespace air::cli
