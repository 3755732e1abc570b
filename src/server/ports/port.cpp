// SPDX-License-Identifier: BSD-3-Clause
// Where clients come from: chosen by the text of --listen.
#include "server/ports/port.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "common/repeats.h"
#include "platform/streams/streams.h"

namespace air::server {

std::unique_ptr<Port> open_port(std::string_view text, const PortOptions &options) {
  const size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (scheme == "tcp") return open_tcp_port(rest, options);
  if (scheme == "pty") return open_pty_port(std::string(rest), options);
  if (scheme == "serial") return open_serial_port(rest);
  throw std::invalid_argument(
      fmt::format("--listen {}: expected tcp:HOST:PORT, pty, pty:LINK or serial:DEVICE[:BAUD]", text));
}

void note(std::string_view line) {
  static Repeats repeats;
  write_limited(repeats, std::string(line).c_str(),
                [](const char *text) { print_note(fmt::format("airunner serve: {}\n", text)); });
}

}  // namespace air::server
