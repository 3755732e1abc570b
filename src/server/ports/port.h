// SPDX-License-Identifier: BSD-3-Clause
// Where clients come from: a TCP port, a pseudo-terminal or a serial device.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace air::server {

class Port {
 public:
  virtual ~Port() = default;

  // What a client connects to.
  virtual std::string descriptor() const = 0;
  // Becomes readable when somebody comes or goes; -1: never.
  virtual int event_fd() = 0;
  // How soon to look again where nothing tells; nothing: event_fd() tells.
  virtual std::optional<std::chrono::milliseconds> look_again() const { return std::nullopt; }
  // Takes the next client and returns its descriptor (kept by the port, not blocking), or -1: nobody is there yet.
  virtual int accept() = 0;
  // After an event, while a client is served: whether it has left, even if another one has taken its place.
  virtual bool client_has_left() = 0;
  // After an event, while a client is served and has not left: refuses one more client.
  virtual void refuse_another() = 0;
  // Ends the connection of the client, or notices that the port has gone. Returns false where a client cannot be hung up on.
  virtual bool hang_up() = 0;
  // Who the client is, for the log; "" where clients come and go without a sign.
  virtual std::string client() const = 0;
};

struct PortOptions {
  uint32_t baud = 0;           // of a simulated line, to be part of the descriptor of a pseudo-terminal
  bool allow_remote = false;   // addresses other than loopback
  bool ignores_leave = false;  // a pseudo-terminal does not tell that a client has left, as a wire does not
};

// Opens `tcp:HOST:PORT`, `pty[:LINK]` or `serial:DEVICE[:BAUD]`. Throws std::invalid_argument for a text that is none of these,
// std::runtime_error when it cannot be opened.
std::unique_ptr<Port> open_port(std::string_view text, const PortOptions &options);

std::unique_ptr<Port> open_tcp_port(std::string_view address, const PortOptions &options);
std::unique_ptr<Port> open_pty_port(const std::string &link, const PortOptions &options);
std::unique_ptr<Port> open_serial_port(std::string_view device_and_baud);

// One line on standard error.
void note(std::string_view line);

}  // namespace air::server
