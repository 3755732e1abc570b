// SPDX-License-Identifier: BSD-3-Clause
// What is said to a program from outside: console events, which Windows tells in a thread that it makes for each.
#include <atomic>
#include <csignal>

#include "platform/processes/console_events_windows.h"
#include "platform/processes/signals.h"

namespace air {
namespace {

std::atomic<void (*)(bool by_user)> when_interrupted = nullptr;

BOOL WINAPI on_event(DWORD event) {
  when_interrupted.load()(event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT);
  let_program_end(event);
  return TRUE;
}

}  // namespace

int signal_of(DWORD event) noexcept {
  constexpr int kHangUp = 1;  // <csignal> of Windows has no SIGHUP
  return event == CTRL_C_EVENT ? SIGINT : event == CTRL_BREAK_EVENT ? SIGTERM : kHangUp;
}

void let_program_end(DWORD event) noexcept {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) Sleep(INFINITE);
}

void call_when_interrupted(void (*handler)(bool by_user)) {
  when_interrupted = handler;
  SetConsoleCtrlHandler(&on_event, TRUE);
}

}  // namespace air
