// SPDX-License-Identifier: BSD-3-Clause
// Opens a serial port: exclusively, raw, at any baud rate; tells who is in the way.
#include <system_error>

#include "aivalidation/channel/channel.h"
#include "aivalidation/channel/ports.h"
#include "platform/ports/serial_port.h"
#include "platform/ports/serial_port_users.h"

namespace air::aivalidation {
namespace {

[[noreturn]] void fail_open(const std::string &device, const std::error_code &error) {
  const std::string reason = error.message();
  if (error == std::errc::no_such_file_or_directory || error == std::errc::no_such_device_or_address ||
      error == std::errc::no_such_device) {
    fail(AIR_ERROR_NO_DEVICE,
         "no serial port {}: is the board plugged in? `airunner list` shows ST's on USB; a path has a '/', such as "
         "./board",
         device);
  }
  if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted) {
    fail(AIR_ERROR_PERMISSION, "{} may not be opened ({}): {}", device, reason, how_to_be_let_in(device));
  }
  if (error == std::errc::inappropriate_io_control_operation) {
    throw Error(AIR_ERROR_IO, fmt::format("{} is not a serial port ({})", device, reason), error.value());
  }
  if (error == std::errc::device_or_resource_busy) {
    const std::string users = port_users(device);
    fail(AIR_ERROR_BUSY, "{} is in use by {}: close it there first", device, users.empty() ? "another program" : users);
  }
  throw Error(AIR_ERROR_IO, fmt::format("{} cannot be used as a serial port ({})", device, reason), error.value());
}

Channel::Kind kind_of(const SerialPort &port, const std::string &device) {
  if (port.is_pseudo_terminal) return Channel::Kind::kPseudoTerminal;
  return is_target_usb(device) ? Channel::Kind::kUsb : Channel::Kind::kUart;
}

}  // namespace

std::unique_ptr<Channel> open_serial(const Descriptor &descriptor, const Interrupt &interrupt, const HostLog &log) {
  const std::string device = serial_port_path(descriptor.device);
  std::error_code error;
  SerialPort port = open_serial_port(device, descriptor.baud, error);
  if (error) fail_open(device, error);
  const Channel::Kind kind = kind_of(port, device);
  auto channel = std::make_unique<Channel>(std::move(port.file), kind, descriptor.place(), interrupt);
  if (port.baud != 0 && port.baud != descriptor.baud) {
    log.write(AIR_LOG_WARNING, "{}: the driver gives {} baud instead of {}", device, port.baud, descriptor.baud);
  }
  return channel;
}

}  // namespace air::aivalidation
