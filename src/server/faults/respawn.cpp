// SPDX-License-Identifier: BSD-3-Clause
// A child process serves, and is started anew when it is brought down.
#include "server/faults/respawn.h"

#include <fmt/format.h>

#include <chrono>

#include "platform/processes/ending.h"
#include "platform/processes/forked_process.h"
#include "server/ports/port.h"

namespace air::server {
namespace {

constexpr std::chrono::milliseconds kRest{200};  // before each new start

// What a child says: that it serves, that it ends of its own accord.
constexpr char kReady = 'r', kEnded = 'e';

bool has_said(const ForkedProcess &child, char word) {
  return child.words().find(word) != std::string::npos;
}

int exit_code_of(const ProcessEnd &end) {
  return end.by_signal ? kKilledBySignal + end.number : end.number;
}

}  // namespace

int keep_serving(const ServeChild &serve, const std::function<void()> &announce) {
  for (bool is_first = true;; is_first = false) {
    ForkedProcess child([&](const std::function<void(char)> &say) {
      const int code = serve([&] {
        say(kReady);
        if (is_first) announce();
      });
      say(kEnded);
      return code;
    });
    const bool stopping = child.attend();
    if (stopping || has_said(child, kEnded)) return exit_code_of(child.end());
    if (!has_said(child, kReady)) {
      note(fmt::format("the process that serves was brought down before it was ready ({})", child.end().text));
      return exit_code_of(child.end());
    }
    note(fmt::format("the process that serves was brought down ({}): started anew", child.end().text));
    if (ending_signal_within(kRest)) return 0;
  }
}

}  // namespace air::server
