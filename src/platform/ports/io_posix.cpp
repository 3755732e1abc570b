// SPDX-License-Identifier: BSD-3-Clause
// Bytes through what is open and does not block.
#include "platform/ports/io.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace air {
namespace {

Moved moved(ssize_t n) noexcept {
  if (n > 0) return {static_cast<size_t>(n), {}};
  const int error = n == 0 ? EPIPE : errno == EINTR || errno == EWOULDBLOCK ? EAGAIN : errno;
  return {0, {error, std::generic_category()}};
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

}  // namespace air
