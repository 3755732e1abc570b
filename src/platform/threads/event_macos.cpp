// SPDX-License-Identifier: BSD-3-Clause
// What happens once and stays so: an event of the user's own in a queue, which can be waited for as a file.
#include <sys/event.h>

#include <cerrno>
#include <system_error>

#include "platform/threads/event.h"

namespace air {
namespace {

struct kevent own_event(uint16_t flags, uint32_t filter_flags) noexcept {
  return {.ident = 1, .filter = EVFILT_USER, .flags = flags, .fflags = filter_flags, .data = 0, .udata = nullptr};
}

}  // namespace

Event::Event() : file_(kqueue()) {
  const struct kevent added = own_event(EV_ADD, 0);
  if (!file_.is_open() || kevent(file_.get(), &added, 1, nullptr, 0, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "kqueue");
}

void Event::set() const noexcept {
  const struct kevent triggered = own_event(0, NOTE_TRIGGER);
  kevent(file_.get(), &triggered, 1, nullptr, 0, nullptr);
}

}  // namespace air
