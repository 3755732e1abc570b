// SPDX-License-Identifier: BSD-3-Clause
// Waiting by poll().
#include <poll.h>

#include <array>
#include <cerrno>

#include "platform/machine/out_of_memory.h"
#include "platform/ports/io.h"

namespace air {
namespace {

constexpr size_t kMost = 4;  // descriptors that are waited for together

pollfd entry_of(const Awaited &awaited) noexcept {
  return {awaited.descriptor, static_cast<short>((awaited.to_read ? POLLIN : 0) | (awaited.to_write ? POLLOUT : 0)), 0};
}

[[noreturn]] void fail_waiting(const std::error_code &error) {
  throw_if_no_memory(error);
  throw std::system_error(error, "waiting");
}

}  // namespace

Waited wait_for(std::span<Awaited> all, std::optional<std::chrono::milliseconds> limit) {
  std::array<pollfd, kMost> entries{};
  for (size_t i = 0; i < all.size(); ++i) entries.at(i) = entry_of(all[i]);
  const int n = poll(entries.data(), static_cast<nfds_t>(all.size()), limit ? static_cast<int>(limit->count()) : -1);
  if (n < 0 && errno != EINTR) fail_waiting({errno, std::generic_category()});
  for (size_t i = 0; i < all.size(); ++i) {
    const short told = n > 0 ? entries[i].revents : short{0};
    all[i].can_read = (told & POLLIN) != 0;
    all[i].can_write = (told & POLLOUT) != 0;
    all[i].is_gone = (told & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  }
  return n > 0 ? Waited::kReady : n == 0 ? Waited::kTimeIsOver : Waited::kDisturbed;
}

}  // namespace air
