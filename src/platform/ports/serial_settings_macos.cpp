// SPDX-License-Identifier: BSD-3-Clause
// For any rate what <IOKit/serial/ioss.h> has.
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "platform/ports/serial_settings_posix.h"

namespace air {
namespace {

constexpr unsigned long kSetLatency = _IOW('T', 0, unsigned long);  // IOSSDATALAT: microseconds
constexpr unsigned long kSetSpeed = _IOW('T', 2, speed_t);          // IOSSIOSPEED

}  // namespace

// Their other sides are /dev/ttys001 and so on.
bool is_pseudo_terminal(int port) noexcept {
  std::array<char, 128> name{};
  return ttyname_r(port, name.data(), name.size()) == 0 && std::string_view(name.data()).starts_with("/dev/ttys");
}

int take_exclusive(int port) noexcept {
  return ioctl(port, TIOCEXCL) == 0 ? 0 : errno;
}

// The driver of a port takes some rates this way and all the other.
int set_raw_mode(int port, uint32_t baud, bool is_pseudo_terminal) noexcept {
  termios settings{};
  if (tcgetattr(port, &settings) != 0) return errno;
  cfmakeraw(&settings);
  settings.c_iflag = IGNPAR;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  settings.c_cflag |= CREAD | CLOCAL;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  cfsetspeed(&settings, is_pseudo_terminal ? baud : B9600);
  if (tcsetattr(port, TCSANOW, &settings) != 0) return errno;
  const speed_t speed = baud;
  if (!is_pseudo_terminal && ioctl(port, kSetSpeed, &speed) != 0) return errno;
  return tcflush(port, TCIOFLUSH) == 0 ? 0 : errno;
}

void set_low_latency(int port) noexcept {
  const unsigned long shortest = 1;
  ioctl(port, kSetLatency, &shortest);  // pseudo-terminals and some drivers have no such setting
}

uint32_t current_baud(int /*port*/) noexcept {
  return 0;
}

}  // namespace air
