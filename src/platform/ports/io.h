// SPDX-License-Identifier: BSD-3-Clause
// Bytes through what is open and does not block: serial ports, pseudo-terminals, sockets; and waiting for several of these.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <system_error>

namespace air {

// What one try has moved; else why not: std::errc::operation_would_block where nothing can be now, std::errc::broken_pipe where the other side
// has closed it, std::errc::io_error where a device is gone.
struct Moved {
  size_t n = 0;
  std::error_code error;

  bool is_for_later() const noexcept { return error == std::errc::operation_would_block; }
};

Moved read_now(int descriptor, std::span<std::byte> into) noexcept;
Moved write_now(int descriptor, std::span<const std::byte> bytes) noexcept;
// The same for a socket that waits by itself when it is read.
Moved send_now(int socket, std::span<const std::byte> bytes) noexcept;

struct Awaited {
  int descriptor;  // -1: none
  bool to_read = false;
  bool to_write = false;
  // What has come of it; also where it was not asked for.
  bool can_read = false;
  bool can_write = false;
  bool is_gone = false;

  bool is_told() const noexcept { return can_read || can_write || is_gone; }
};

enum class Waited { kReady, kTimeIsOver, kDisturbed };

// Until there is something to tell about one of them, at most so long; nothing: for ever. A signal disturbs it. Throws std::bad_alloc and
// std::system_error.
Waited wait_for(std::span<Awaited> all, std::optional<std::chrono::milliseconds> limit);

}  // namespace air
