// SPDX-License-Identifier: BSD-3-Clause
// Serial ports through Linux' own calls: <asm/termbits.h> has termios2 for any rate, and cannot be included beside <termios.h>.
#include "platform/ports/serial_port.h"

#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

namespace air {
namespace {

constexpr uint32_t kPtyMajor = 136;  // slaves of Unix98 pseudo-terminals: 136 to 143
constexpr uint32_t kPtyMajors = 8;

bool is_pseudo_terminal(int fd) noexcept {
  struct stat status {};
  const bool known = fstat(fd, &status) == 0;
  return known && major(status.st_rdev) >= kPtyMajor && major(status.st_rdev) < kPtyMajor + kPtyMajors;
}

// These give 0 or errno.
int take_lock(int fd) noexcept {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
  return errno == EWOULDBLOCK ? EBUSY : errno;
}

int take_exclusive(int fd) noexcept {
  int taken = 0;  // the system lets root pass the mark, so look at it
  if (ioctl(fd, TIOCGEXCL, &taken) == 0 && taken != 0) return EBUSY;
  return ioctl(fd, TIOCEXCL) == 0 ? 0 : errno;
}

int set_raw_mode(int fd, uint32_t baud) noexcept {
  termios2 settings{};
  if (ioctl(fd, TCGETS2, &settings) != 0) return errno;
  settings.c_iflag = IGNPAR;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS | CBAUD | (CBAUD << IBSHIFT));
  settings.c_cflag |= CS8 | CREAD | CLOCAL | BOTHER;
  settings.c_ispeed = settings.c_ospeed = baud;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (ioctl(fd, TCSETS2, &settings) != 0) return errno;
  return ioctl(fd, TCFLSH, TCIOFLUSH) == 0 ? 0 : errno;
}

void set_low_latency(int fd) noexcept {
  serial_struct settings{};
  if (ioctl(fd, TIOCGSERIAL, &settings) != 0) return;  // pseudo-terminals and some drivers have no such setting
  settings.flags |= ASYNC_LOW_LATENCY;
  ioctl(fd, TIOCSSERIAL, &settings);
}

uint32_t current_baud(int fd) noexcept {
  termios2 settings{};
  return ioctl(fd, TCGETS2, &settings) == 0 ? settings.c_ospeed : 0;
}

// Leaves nothing behind where it fails.
int prepare(SerialPort &port, uint32_t baud) noexcept {
  const int fd = port.file.get();
  port.is_pseudo_terminal = is_pseudo_terminal(fd);
  if (const int error = take_lock(fd); error != 0) return error;
  if (const int error = port.is_pseudo_terminal ? 0 : take_exclusive(fd); error != 0) return error;
  if (const int error = set_raw_mode(fd, baud); error != 0) {
    if (!port.is_pseudo_terminal) leave_serial_port(fd);
    return error;
  }
  set_low_latency(fd);
  port.baud = current_baud(fd);
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
  ioctl(port, TCFLSH, TCOFLUSH);
  ioctl(port, TIOCNXCL);
}

bool set_break(int port, bool is_on) noexcept {
  return ioctl(port, is_on ? TIOCSBRK : TIOCCBRK) == 0;
}

bool is_serial_port_there(int port) noexcept {
  termios2 settings{};
  return ioctl(port, TCGETS2, &settings) == 0;
}

}  // namespace air
