// SPDX-License-Identifier: BSD-3-Clause
// Crashes of this process, told before they end it: exceptions of Windows, and abort().
#include "platform/processes/crashes_windows.h"

#include <windows.h>

#include <atomic>
#include <csignal>

#include "platform/processes/crashes.h"

namespace air {
namespace {

std::atomic<void (*)(const char *what)> g_tell = nullptr;
LPTOP_LEVEL_EXCEPTION_FILTER g_before = nullptr;

void tell_once(const char *what) noexcept {
  if (const auto tell = g_tell.exchange(nullptr)) tell(what);
}

LONG WINAPI on_exception(EXCEPTION_POINTERS *what) {
  const char *name = crash_name(what->ExceptionRecord->ExceptionCode);
  tell_once(name == nullptr ? "unknown exception" : name);
  const LONG answer = g_before == nullptr ? EXCEPTION_CONTINUE_SEARCH : g_before(what);
  return answer == EXCEPTION_CONTINUE_SEARCH ? EXCEPTION_EXECUTE_HANDLER : answer;  // its end, without a debugger
}

void on_abort(int) {
  tell_once("aborted");
}

}  // namespace

const char *crash_name(unsigned long code) noexcept {
  switch (code) {
    case EXCEPTION_ACCESS_VIOLATION:
    case EXCEPTION_ARRAY_BOUNDS_EXCEEDED:
    case EXCEPTION_GUARD_PAGE:
      return "segmentation fault";
    case EXCEPTION_STACK_OVERFLOW:
      return "stack overflow";
    case EXCEPTION_INT_DIVIDE_BY_ZERO:
    case EXCEPTION_INT_OVERFLOW:
    case EXCEPTION_FLT_DENORMAL_OPERAND:
    case EXCEPTION_FLT_DIVIDE_BY_ZERO:
    case EXCEPTION_FLT_INEXACT_RESULT:
    case EXCEPTION_FLT_INVALID_OPERATION:
    case EXCEPTION_FLT_OVERFLOW:
    case EXCEPTION_FLT_STACK_CHECK:
    case EXCEPTION_FLT_UNDERFLOW:
      return "arithmetic error";
    case EXCEPTION_DATATYPE_MISALIGNMENT:
    case EXCEPTION_ILLEGAL_INSTRUCTION:
    case EXCEPTION_IN_PAGE_ERROR:
    case EXCEPTION_PRIV_INSTRUCTION:
      return "bus error or illegal instruction";
    case static_cast<DWORD>(STATUS_HEAP_CORRUPTION):
    case static_cast<DWORD>(STATUS_STACK_BUFFER_OVERRUN):  // of every kind of __fastfail()
      return "damaged memory";
    default:
      return nullptr;
  }
}

// No box appears: a server has nobody to close it.
void tell_crashes_by(void (*tell)(const char *what)) {
  g_tell = tell;
  SetErrorMode(GetErrorMode() | SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
  ULONG left_for_telling = 64 * 1024;  // what crashes may have used up its stack
  SetThreadStackGuarantee(&left_for_telling);
  g_before = SetUnhandledExceptionFilter(&on_exception);
  std::signal(SIGABRT, &on_abort);
}

}  // namespace air
