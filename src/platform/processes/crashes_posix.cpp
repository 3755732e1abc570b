// SPDX-License-Identifier: BSD-3-Clause
// Crashes of this process, told before they end it: signals.
#include "platform/processes/crashes.h"

#include <signal.h>

#include <array>
#include <cstddef>
#include <initializer_list>

namespace air {
namespace {

void (*g_tell)(const char *what) = nullptr;

const char *name_of(int number) noexcept {
  switch (number) {
    case SIGSEGV:
      return "segmentation fault";
    case SIGFPE:
      return "arithmetic error";
    case SIGABRT:
      return "aborted";
    case SIGTRAP:
      return "trap";
    default:
      return "bus error or illegal instruction";
  }
}

void on_crash(int number) {
  g_tell(name_of(number));
  raise(number);  // for good: the handler was for one time
}

}  // namespace

void tell_crashes_by(void (*tell)(const char *what)) {
  g_tell = tell;
  static std::array<std::byte, size_t{64} * 1024> stack;  // what crashes may have used up its own
  stack_t other{};                                        // its members come in another order on each system
  other.ss_sp = stack.data();
  other.ss_size = stack.size();
  sigaltstack(&other, nullptr);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    struct sigaction before {};
    if (sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;  // a sanitizer tells more
    struct sigaction action {};
    action.sa_handler = on_crash;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
    sigaction(number, &action, nullptr);
  }
}

}  // namespace air
