/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The port of airtarget to a program of this machine. A connection ends; the pseudo-terminal is like a serial line, which tells nothing of who is at
 * its other end: what nobody takes goes nowhere, and a command waits for ever.
 */
#include "host_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "airtarget.h"
#include "faulty_line.h"

#define CPU_HZ 480000000u
#define BUS_HZ 240000000u
#define STM32H743 0x450u
#define CACHE 0x03010C04u
#define LONGEST_WRITE_MS 2000

static int listener = -1; /* of TCP */
static int line = -1;
static bool is_deaf; /* nobody takes what is written to the terminal */

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void listen_tcp(const char *host, uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t size = sizeof address;
  const int on = 1;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
      bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
    die("listening");
  }
  printf("ready: socket:%s:%d\n", host, ntohs(address.sin_port));
}

static void open_terminal(void) {
  struct termios mode;
  line = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (line < 0 || grantpt(line) != 0 || unlockpt(line) != 0) die("pseudo-terminal");
  /* Held open, as a line is there whether or not somebody listens. */
  const int end = open(ptsname(line), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (end < 0 || tcgetattr(end, &mode) != 0) die(ptsname(line));
  cfmakeraw(&mode);
  tcsetattr(end, TCSANOW, &mode);
  printf("ready: serial:%s:115200\n", ptsname(line));
}

bool host_port_listen(const char *where) {
  char host[64];
  unsigned port = 0;
  if (sscanf(where, "tcp:%63[^:]:%u", host, &port) == 2) {
    listen_tcp(host, (uint16_t)port);
  } else if (strcmp(where, "pty") == 0) {
    open_terminal();
  } else {
    return false;
  }
  fflush(stdout);
  return true;
}

static bool write_all(const void *bytes, uint32_t size) {
  const uint8_t *at = bytes;
  struct pollfd waiting = {line, POLLOUT, 0};
  while (size > 0) {
    const ssize_t n = listener < 0 ? write(line, at, size) : send(line, at, size, MSG_NOSIGNAL);
    if (n > 0) {
      at += n;
      size -= (uint32_t)n;
      is_deaf = false;
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    } else if (listener >= 0) {
      poll(&waiting, 1, -1);
    } else if (is_deaf || poll(&waiting, 1, LONGEST_WRITE_MS) == 0) {
      is_deaf = true;
      return true;
    }
  }
  return true;
}

void host_port_await_client(void) {
  const int on = 1;
  if (listener < 0) return;
  if (line >= 0) close(line);
  line = accept(listener, NULL, NULL);
  if (line < 0 || fcntl(line, F_SETFL, O_NONBLOCK) != 0) die("accepting");
  setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  faulty_line_next_client(write_all);
}

/* -------------------------------------------------------------------------------------------------------------- the functions */

int32_t at_port_read(void *bytes, uint32_t size, uint32_t limit_ms) {
  struct pollfd waiting = {line, POLLIN, 0};
  for (;;) {
    const ssize_t n = read(line, bytes, size);
    if (n > 0) return (int32_t)n;
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) return -1;
    if (poll(&waiting, 1, limit_ms == AT_FOREVER ? -1 : (int)limit_ms) == 0) return 0;
  }
}

bool at_port_write(const void *bytes, uint32_t size) {
  return faulty_line_send(bytes, size, write_all);
}

uint64_t at_port_cycles(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * CPU_HZ + (uint64_t)now.tv_nsec * (CPU_HZ / 1000000u) / 1000u;
}

void at_port_clock(at_clock *clock) {
  *clock = (at_clock){STM32H743, CPU_HZ, BUS_HZ, CACHE};
}

void at_port_reset(void) {
  uint8_t dropped[256];
  while (read(line, dropped, sizeof dropped) > 0) {
  }
}
