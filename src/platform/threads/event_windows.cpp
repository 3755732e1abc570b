// SPDX-License-Identifier: BSD-3-Clause
// What happens once and stays so.
#include <system_error>

#include "platform/files/system_handle_windows.h"
#include "platform/threads/event.h"
#include "platform/wide_text_windows.h"

namespace air {

Event::Event() : file_(number_of(CreateEventW(nullptr, TRUE, FALSE, nullptr))) {
  if (!file_.is_open()) throw std::system_error(system_error(GetLastError()), "making an event");
}

void Event::set() const noexcept {
  SetEvent(handle_of(file_.get()));
}

}  // namespace air
