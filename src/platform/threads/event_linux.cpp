// SPDX-License-Identifier: BSD-3-Clause
// What happens once and stays so.
#include "platform/threads/event.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace air {

Event::Event() : file_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!file_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Event::set() const noexcept {
  eventfd_write(file_.get(), 1);
}

}  // namespace air
