// SPDX-License-Identifier: BSD-3-Clause
// Loads a plugin or library in a process of its own: one that crashes, hangs or exits harms nobody.
#include "cli/running/child.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <vector>

#include "cli/running/failure.h"
#include "platform/processes/process.h"

namespace air::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLimit{5};
constexpr std::chrono::milliseconds kBetweenLooks{2};

std::string harm(const ProcessEnd &end) {
  if (end.by_signal) return "crashes when it is loaded: " + end.text;
  return end.number == kLoaded ? "" : "ends the program when it is loaded, with " + end.text;
}

}  // namespace

std::string harm_of_loading(const std::string &file, Loads what, const air_token *token) try {
  std::vector<std::string> words = {"load", file};
  if (what == Loads::kLibrary) words.emplace_back("--library");
  Process child(words, Process::Kind::kIsolated);
  const Clock::time_point end = Clock::now() + kLimit;
  while (!child.end()) {
    if (air_is_cancelled(token) != 0) throw Failure(kCancelled, "interrupted");
    if (Clock::now() >= end) return fmt::format("does not come back within {} s when it is loaded", kLimit.count());
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return harm(*child.end());
} catch (const std::system_error &) {
  return "";  // what cannot be tried apart, as where there is no /proc, is tried here
}

}  // namespace air::cli
