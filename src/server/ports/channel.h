// SPDX-License-Identifier: BSD-3-Clause
// The bytes to and from one client at a time, over a simulated line if one is asked for.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "platform/ports/io.h"
#include "server/ports/port.h"
#include "server/ports/simulated_line.h"
#include "server/shutdown.h"

namespace air::server {

// Thrown by every wait: the client has gone.
struct ClientGone {};
// Thrown by every wait: the server is to end.
struct Stopped {};

struct ChannelOptions {
  std::optional<SimulatedLine> line;
  bool outlives_clients = false;              // when a client goes, wait for the next one as if nothing had happened
  std::chrono::microseconds byte_pause{0};    // after each byte sent
  std::chrono::milliseconds longest_idle{0};  // of a client, before it is taken for gone; 0: for ever
};

class Channel {
 public:
  Channel(Port &port, const Shutdown &shutdown, const ChannelOptions &options);

  // Waits for a client.
  void open();
  // Ends with the client, if it is still there.
  void close();
  // What a target does that breaks down: the connection ends; where it cannot, nothing is heard any more until the client goes.
  [[noreturn]] void die();

  // Waits until something is there and returns how much was read; 0 when nothing came within `limit`.
  size_t read(std::span<std::byte> place, std::optional<std::chrono::milliseconds> limit = std::nullopt);
  // Drops what comes until it has been quiet this long.
  void drop_until_quiet(std::chrono::milliseconds quiet);
  void write(std::span<const std::byte> bytes);
  // Waits; a client that goes meanwhile is noticed afterwards.
  void pause(std::chrono::nanoseconds duration) { pause_until(SimulatedLine::Time::clock::now() + duration); }

 private:
  Awaited wait(Awaited client, std::optional<std::chrono::milliseconds> limit);
  void client_gone();
  void note_client(const char *event) const;
  void pause_until(SimulatedLine::Time due);
  void cross_line(SimulatedLine::Time due);
  void write_piece(std::span<const std::byte> bytes);
  size_t largest_piece(size_t bytes) const;

  Port &port_;
  const Shutdown &shutdown_;
  ChannelOptions options_;
  int fd_ = -1;
};

}  // namespace air::server
