// SPDX-License-Identifier: BSD-3-Clause
// When a model brings the server down, the last line says which one it was.
#include "server/faults/crash.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace air::server {
namespace {

std::atomic<const char *> g_model{nullptr};
const char *g_advice = "";

// Of a signal handler: no memory, no locks.
void say(const char *text) {
  [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, text, strlen(text));
}

void tell(const char *what) {
  const char *model = g_model.exchange(nullptr);
  if (model == nullptr) return;
  for (const char *part : {"airunner serve: the model ", model, what, g_advice, "\n"}) say(part);
}

void on_crash(int number) {
  switch (number) {
    case SIGSEGV:
      tell(" has crashed (segmentation fault)");
      break;
    case SIGFPE:
      tell(" has crashed (arithmetic error)");
      break;
    case SIGABRT:
      tell(" has crashed (aborted)");
      break;
    default:
      tell(" has crashed (bus error or illegal instruction)");
  }
  raise(number);  // for good: the handler was for one time
}

void on_exit() {
  tell(" has ended the process");
}

}  // namespace

void tell_crashes(const char *advice) {
  g_advice = advice;
  static std::array<std::byte, size_t{64} * 1024> stack;  // a model may have used up its own
  const stack_t other = {.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  sigaltstack(&other, nullptr);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction before {};
    if (sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;  // a sanitizer tells more
    struct sigaction action {};
    action.sa_handler = on_crash;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
    sigaction(number, &action, nullptr);
  }
  std::atexit(on_exit);
}

InModel::InModel(const char *name) noexcept {
  g_model = name;
}

InModel::~InModel() {
  g_model = nullptr;
}

}  // namespace air::server
