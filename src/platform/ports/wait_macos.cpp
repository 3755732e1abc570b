// SPDX-License-Identifier: BSD-3-Clause
// Waiting by select(): poll() of macOS does not know devices, pseudo-terminals among them (its poll(2), BUGS). What is gone counts as readable or
// writable here, and the next read or write tells.
#include <sys/select.h>

#include <algorithm>
#include <cerrno>

#include "platform/machine/out_of_memory.h"
#include "platform/ports/io.h"

namespace air {
namespace {

timeval timeval_of(std::chrono::milliseconds limit) noexcept {
  timeval time{};
  time.tv_sec = static_cast<decltype(time.tv_sec)>(limit.count() / 1000);
  time.tv_usec = static_cast<decltype(time.tv_usec)>(limit.count() % 1000 * 1000);
  return time;
}

struct Sets {
  fd_set to_read{}, to_write{};
  int past_last = 0;

  void add(const Awaited &awaited) {
    if (awaited.descriptor < 0) return;
    if (awaited.descriptor >= FD_SETSIZE) throw std::system_error(EMFILE, std::generic_category(), "waiting");
    if (awaited.to_read) FD_SET(awaited.descriptor, &to_read);
    if (awaited.to_write) FD_SET(awaited.descriptor, &to_write);
    past_last = std::max(past_last, awaited.descriptor + 1);
  }
};

bool is_in(int descriptor, const fd_set &set) noexcept {
  return descriptor >= 0 && FD_ISSET(descriptor, &set) != 0;
}

}  // namespace

Waited wait_for(std::span<Awaited> all, std::optional<std::chrono::milliseconds> limit) {
  Sets sets;
  for (const Awaited &awaited : all) sets.add(awaited);
  timeval time = timeval_of(limit.value_or(std::chrono::milliseconds(0)));
  const int n = select(sets.past_last, &sets.to_read, &sets.to_write, nullptr, limit ? &time : nullptr);
  if (n < 0 && errno != EINTR) {
    const std::error_code error(errno, std::generic_category());
    throw_if_no_memory(error);
    throw std::system_error(error, "waiting");
  }
  for (Awaited &awaited : all) {
    awaited.can_read = n > 0 && is_in(awaited.descriptor, sets.to_read);
    awaited.can_write = n > 0 && is_in(awaited.descriptor, sets.to_write);
    awaited.is_gone = false;
  }
  return n > 0 ? Waited::kReady : n == 0 ? Waited::kTimeIsOver : Waited::kDisturbed;
}

}  // namespace air
