// SPDX-License-Identifier: BSD-3-Clause
// Serial ports. What POSIX says nothing about is in serial_settings_*.cpp.
#include "platform/ports/serial_port.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cerrno>

#include "platform/ports/serial_settings_posix.h"

namespace air {
namespace {

// Gives 0 or errno.
int take_lock(int fd) noexcept {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno == ENOTSUP || errno == ENOLCK || errno == ENOSYS)
    return 0;  // not every device of every system can be locked
  return errno == EWOULDBLOCK ? EBUSY : errno;
}

// Leaves nothing behind where it fails.
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
