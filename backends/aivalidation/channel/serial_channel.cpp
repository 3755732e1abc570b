// SPDX-License-Identifier: BSD-3-Clause
// Opens a serial port: exclusively, raw, at any baud rate; tells who is in the way.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "aivalidation/channel/baud.h"
#include "aivalidation/channel/channel.h"
#include "aivalidation/channel/port_users.h"
#include "aivalidation/channel/ports.h"

namespace air::aivalidation {
namespace {

constexpr uint32_t kPtyMajor = 136;  // slaves of Unix98 pseudo-terminals: 136 to 143
constexpr uint32_t kPtyMajors = 8;

[[noreturn]] void fail_open(const std::string &device, int error) {
  const std::string reason = std::generic_category().message(error);
  if (error == ENOENT || error == ENXIO || error == ENODEV) {
    fail(AIR_ERROR_NO_DEVICE,
         "no serial port {}: is the board plugged in? `airunner list` shows ST's on USB; a path has a '/', such as "
         "./board",
         device);
  }
  if (error == EACCES || error == EPERM) {
    const std::string group = port_group(device);
    fail(AIR_ERROR_PERMISSION, "{} may not be opened ({}): {}", device, reason,
         group.empty() ? "its owner alone may" : fmt::format("become a member of {}, and log in again", group));
  }
  if (error == ENOTTY) throw Error(AIR_ERROR_IO, fmt::format("{} is not a serial port ({})", device, reason), error);
  if (error == EBUSY) {
    const std::string users = port_users(device);
    fail(AIR_ERROR_BUSY, "{} is in use by {}: close it there first", device, users.empty() ? "another program" : users);
  }
  throw Error(AIR_ERROR_IO, fmt::format("{} cannot be used as a serial port ({})", device, reason), error);
}

Channel::Kind kind_of(int fd, const std::string &device) {
  struct stat status {};
  const bool known = fstat(fd, &status) == 0;
  if (known && major(status.st_rdev) >= kPtyMajor && major(status.st_rdev) < kPtyMajor + kPtyMajors) {
    return Channel::Kind::kPseudoTerminal;
  }
  return is_target_usb(device) ? Channel::Kind::kUsb : Channel::Kind::kUart;
}

// The exclusive mark of a pseudo-terminal would outlive a client that was killed, as long as the program behind it lives.
int reserve(int fd, Channel::Kind kind) {
  if (const int error = take_lock(fd); error != 0) return error;
  return kind == Channel::Kind::kPseudoTerminal ? 0 : take_exclusive(fd);
}

// "ttyACM0" is taken for "/dev/ttyACM0".
std::string device_path(const std::string &device) {
  return device.find('/') == std::string::npos ? "/dev/" + device : device;
}

}  // namespace

std::unique_ptr<Channel> open_serial(const Descriptor &descriptor, const Interrupt &interrupt, const HostLog &log) {
  const std::string device = device_path(descriptor.device);
  OpenFile file(open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  const int fd = file.fd;
  if (fd < 0) fail_open(device, errno);
  const Channel::Kind kind = kind_of(fd, device);
  if (const int error = reserve(fd, kind); error != 0) fail_open(device, error);
  auto channel = std::make_unique<Channel>(fd, kind, descriptor.place(), interrupt);
  file.give_away();
  if (const int error = set_raw_mode(fd, descriptor.baud); error != 0) fail_open(device, error);
  set_low_latency(fd);
  const uint32_t baud = current_baud(fd);
  if (baud != descriptor.baud) {
    log.write(AIR_LOG_WARNING, "{}: the driver gives {} baud instead of {}", device, baud, descriptor.baud);
  }
  return channel;
}

}  // namespace air::aivalidation
