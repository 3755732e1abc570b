// SPDX-License-Identifier: BSD-3-Clause
// Bytes through what is open and does not block.
#include "platform/ports/io.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/machine/out_of_memory.h"

namespace air {
namespace {

constexpr size_t kMost = 4;  // descriptors that are waited for together

Moved moved(ssize_t n) noexcept {
  if (n > 0) return {static_cast<size_t>(n), {}};
  const int error = n == 0 ? EPIPE : errno == EINTR || errno == EWOULDBLOCK ? EAGAIN : errno;
  return {0, {error, std::generic_category()}};
}

pollfd entry_of(const Awaited &awaited) noexcept {
  return {awaited.descriptor, static_cast<short>((awaited.to_read ? POLLIN : 0) | (awaited.to_write ? POLLOUT : 0)), 0};
}

[[noreturn]] void fail_waiting(const std::error_code &error) {
  throw_if_no_memory(error);
  throw std::system_error(error, "waiting");
}

}  // namespace

Moved read_now(int descriptor, std::span<std::byte> into) noexcept {
  return moved(read(descriptor, into.data(), into.size()));
}

Moved write_now(int descriptor, std::span<const std::byte> bytes) noexcept {
  return moved(write(descriptor, bytes.data(), bytes.size()));
}

Moved send_now(int socket, std::span<const std::byte> bytes) noexcept {
  return moved(send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

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
