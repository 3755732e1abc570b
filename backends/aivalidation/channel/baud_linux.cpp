// SPDX-License-Identifier: BSD-3-Clause
// Settings of a serial port through Linux' own calls: <asm/termbits.h> has termios2 for any rate, and cannot be included beside <termios.h>.
#include "aivalidation/channel/baud.h"

#include <asm/termbits.h>
#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace air::aivalidation {

int set_raw_mode(int fd, uint32_t baud) {
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

uint32_t current_baud(int fd) {
  termios2 settings{};
  return ioctl(fd, TCGETS2, &settings) == 0 ? settings.c_ospeed : 0;
}

int take_lock(int fd) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
  return errno == EWOULDBLOCK ? EBUSY : errno;
}

int take_exclusive(int fd) {
  int taken = 0;  // the system lets root pass the mark, so look at it
  if (ioctl(fd, TIOCGEXCL, &taken) == 0 && taken != 0) return EBUSY;
  return ioctl(fd, TIOCEXCL) == 0 ? 0 : errno;
}

void release_exclusive(int fd) {
  ioctl(fd, TIOCNXCL);
}

void set_low_latency(int fd) {
  serial_struct settings{};
  if (ioctl(fd, TIOCGSERIAL, &settings) != 0) return;  // pseudo-terminals and some drivers have no such setting
  settings.flags |= ASYNC_LOW_LATENCY;
  ioctl(fd, TIOCSSERIAL, &settings);
}

}  // namespace air::aivalidation
