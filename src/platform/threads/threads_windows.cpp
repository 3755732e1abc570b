// SPDX-License-Identifier: BSD-3-Clause
// Threads of the library's own. Windows tells console events to threads that it makes for them, and forks no processes.
#include <process.h>
#include <windows.h>

#include <cerrno>
#include <memory>
#include <new>

#include "platform/files/file_handle.h"
#include "platform/files/system_handle_windows.h"
#include "platform/libraries/shared_library.h"
#include "platform/threads/threads.h"

namespace air {
namespace {

struct Begin {
  void *(*run)(void *);
  void *argument;
};

unsigned __stdcall begin(void *argument) {
  const Begin of = *std::unique_ptr<Begin>(static_cast<Begin *>(argument));
  of.run(of.argument);
  return 0;
}

}  // namespace

void without_signals(const std::function<void()> &begin) {
  begin();
}

int start_thread(void *(*run)(void *), void *argument) noexcept {
  std::unique_ptr<Begin> of(new (std::nothrow) Begin{run, argument});
  if (!of) return ENOMEM;
  const FileHandle thread(
      number_of(reinterpret_cast<HANDLE>(_beginthreadex(nullptr, 0, &begin, of.get(), 0, nullptr))));
  if (!thread.is_open()) return errno;
  static_cast<void>(of.release());  // the thread's by now
  stay_loaded();                    // nobody waits for its end
  return 0;
}

bool call_in_forked(void (*)()) noexcept {
  return true;
}

}  // namespace air
