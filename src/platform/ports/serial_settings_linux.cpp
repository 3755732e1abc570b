// SPDX-License-Identifier: BSD-3-Clause
// <asm/termbits.h> has termios2 for any rate, and cannot be included beside <termios.h>; its requests are in <asm/ioctls.h>, which musl leaves out.
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/serial.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "platform/ports/serial_settings_posix.h"

namespace air {
namespace {

constexpr uint32_t kPtyMajor = 136;  // slaves of Unix98 pseudo-terminals: 136 to 143
constexpr uint32_t kPtyMajors = 8;

// What ioctl() takes is an unsigned long with glibc, and with musl an int of the same bits.
template <class Request>
Request request_of(int (*)(int, Request, ...));

int control(int port, unsigned long request, void *argument) noexcept {
  return ioctl(port, static_cast<decltype(request_of(ioctl))>(request), argument);
}

}  // namespace

bool is_pseudo_terminal(int port) noexcept {
  struct stat status {};
  const bool known = fstat(port, &status) == 0;
  return known && major(status.st_rdev) >= kPtyMajor && major(status.st_rdev) < kPtyMajor + kPtyMajors;
}

int take_exclusive(int port) noexcept {
  int taken = 0;  // the system lets root pass the mark, so look at it
  if (control(port, TIOCGEXCL, &taken) == 0 && taken != 0) return EBUSY;
  return ioctl(port, TIOCEXCL) == 0 ? 0 : errno;
}

int set_raw_mode(int port, uint32_t baud, bool /*is_pseudo_terminal*/) noexcept {
  termios2 settings{};
  if (control(port, TCGETS2, &settings) != 0) return errno;
  settings.c_iflag = IGNPAR;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS | CBAUD | (CBAUD << IBSHIFT));
  settings.c_cflag |= CS8 | CREAD | CLOCAL | BOTHER;
  settings.c_ispeed = settings.c_ospeed = baud;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (control(port, TCSETS2, &settings) != 0) return errno;
  return ioctl(port, TCFLSH, TCIOFLUSH) == 0 ? 0 : errno;
}

void set_low_latency(int port) noexcept {
  serial_struct settings{};
  if (control(port, TIOCGSERIAL, &settings) != 0) return;  // pseudo-terminals and some drivers have no such setting
  settings.flags |= ASYNC_LOW_LATENCY;
  control(port, TIOCSSERIAL, &settings);
}

uint32_t current_baud(int port) noexcept {
  termios2 settings{};
  return control(port, TCGETS2, &settings) == 0 ? settings.c_ospeed : 0;
}

}  // namespace air
