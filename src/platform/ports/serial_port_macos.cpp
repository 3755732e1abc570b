// SPDX-License-Identifier: BSD-3-Clause
// Serial ports: POSIX, and for any rate what <IOKit/serial/ioss.h> has.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "platform/ports/serial_port.h"

namespace air {
namespace {

constexpr unsigned long kSetLatency = _IOW('T', 0, unsigned long);  // IOSSDATALAT: microseconds
constexpr unsigned long kSetSpeed = _IOW('T', 2, speed_t);          // IOSSIOSPEED

// Their other sides are /dev/ttys001 and so on.
bool is_pseudo_terminal(int fd) noexcept {
  std::array<char, 128> name{};
  return ttyname_r(fd, name.data(), name.size()) == 0 && std::string_view(name.data()).starts_with("/dev/ttys");
}

// These give 0 or errno.
int take_lock(int fd) noexcept {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
  return errno == EWOULDBLOCK ? EBUSY : errno == ENOTSUP ? 0 : errno;  // not every device can be locked
}

int take_exclusive(int fd) noexcept {
  return ioctl(fd, TIOCEXCL) == 0 ? 0 : errno;
}

// The driver of a port takes some rates this way and all the other.
int set_raw_mode(int fd, uint32_t baud, bool is_pseudo_terminal) noexcept {
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return errno;
  cfmakeraw(&settings);
  settings.c_iflag = IGNPAR;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  settings.c_cflag |= CREAD | CLOCAL;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  cfsetspeed(&settings, is_pseudo_terminal ? baud : B9600);
  if (tcsetattr(fd, TCSANOW, &settings) != 0) return errno;
  const speed_t speed = baud;
  if (!is_pseudo_terminal && ioctl(fd, kSetSpeed, &speed) != 0) return errno;
  return tcflush(fd, TCIOFLUSH) == 0 ? 0 : errno;
}

void set_low_latency(int fd) noexcept {
  const unsigned long shortest = 1;
  ioctl(fd, kSetLatency, &shortest);  // pseudo-terminals and some drivers have no such setting
}

// Leaves nothing behind where it fails. Which rate the driver gives it does not tell.
int prepare(SerialPort &port, uint32_t baud) noexcept {
  const int fd = port.file.get();
  port.is_pseudo_terminal = is_pseudo_terminal(fd);
  if (const int error = take_lock(fd); error != 0) return error;
  if (const int error = port.is_pseudo_terminal ? 0 : take_exclusive(fd); error != 0) return error;
  if (const int error = set_raw_mode(fd, baud, port.is_pseudo_terminal); error != 0) {
    if (!port.is_pseudo_terminal) leave_serial_port(fd);
    return error;
  }
  set_low_latency(fd);
  return 0;
}

}  // namespace

std::string serial_port_path(const std::string &name) {
  return name.find('/') == std::string::npos ? "/dev/" + name : name;
}

SerialPort open_serial_port(const std::string &path, uint32_t baud, std::error_code &error) noexcept {
  SerialPort port{.file = FileHandle(open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))};
  error = {port.file.is_open() ? prepare(port, baud) : errno, std::generic_category()};
  return port;
}

void leave_serial_port(int port) noexcept {
  tcflush(port, TCOFLUSH);
  ioctl(port, TIOCNXCL);
}

bool set_break(int port, bool is_on) noexcept {
  return ioctl(port, is_on ? TIOCSBRK : TIOCCBRK) == 0;
}

bool is_serial_port_there(int port) noexcept {
  termios settings{};
  return tcgetattr(port, &settings) == 0;
}

}  // namespace air
