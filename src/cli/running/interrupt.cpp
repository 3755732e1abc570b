// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C, and a terminal that goes away: end what the command waits for cleanly, or the program where it waits for nothing. A program that is
// ended by what it called.
#include "cli/running/interrupt.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include "cli/running/failure.h"
#include "platform/processes/signals.h"
#include "platform/streams/streams.h"

namespace air::cli {
namespace {

// Kept until the end: a signal may come at any time.
std::atomic<air_token *> token = nullptr;
std::atomic<bool> waiting = false;

void on_interrupt(bool by_user) {
  const bool again = air_is_cancelled(token) != 0;
  air_cancel(token);
  if (by_user && (again || !waiting)) {
    print_note("\nairunner: interrupted\n");
    std::_Exit(kCancelled);
  }
}

// exit() in what is called would look as if the command had done its work.
void on_exit() {
  if (!waiting) return;
  print_note("airunner: a model, runtime or plugin has ended the program\n");
  std::_Exit(kFailed);
}

}  // namespace

air_token *cancelled_by_signals() {
  token = air_make_token();
  if (token == nullptr) throw std::bad_alloc();
  call_when_interrupted(&on_interrupt);
  std::atexit(on_exit);
  return token;
}

Waiting::Waiting() {
  waiting = true;
}

Waiting::~Waiting() {
  waiting = false;
}

}  // namespace air::cli
