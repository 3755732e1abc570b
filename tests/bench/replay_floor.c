/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client of a target cannot beat: sends the recorded bytes of a session and waits for as many bytes as the target had sent
   then, without looking at them.

   usage: replay-floor DESCRIPTOR RECORDING SAMPLES

   DESCRIPTOR is what `airunner serve` prints. The recording holds 32-bit words and bytes: the number of exchanges up to the first run, the
   number of exchanges of a run; for each exchange the bytes to send, the bytes to await, and then those to send. Prints a line for each
   sample: its time and the processor time of this program, in nanoseconds. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S 120         /* of the whole program: nothing hangs when the target answers otherwise than recorded */
#define LISTEN_NS 100000000 /* a pseudo-terminal's server drops what a client writes sooner */
#define LARGEST_RECORDING 100000000L

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "replay-floor: %s%s%s\n", what, errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
  exit(EXIT_FAILURE);
}

static int open_socket(char *place) {
  char *colon = strrchr(place, ':');
  if (colon == NULL) fail("expected socket:HOST:PORT");
  *colon = '\0';
  const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found;
  if (getaddrinfo(place, colon + 1, &hints, &found) != 0) fail(place);
  const int fd = socket(found->ai_family, found->ai_socktype, 0);
  if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0) fail("connecting");
  freeaddrinfo(found);
  const int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) fail("TCP_NODELAY");
  return fd;
}

static int open_terminal(char *place) {
  char *colon = strrchr(place, ':');
  if (colon == NULL) fail("expected serial:PATH:BAUD");
  *colon = '\0';
  const int fd = open(place, O_RDWR | O_NOCTTY);
  struct termios settings;
  if (fd < 0 || tcgetattr(fd, &settings) != 0) fail(place);
  cfmakeraw(&settings);
  if (tcsetattr(fd, TCSANOW, &settings) != 0 || tcflush(fd, TCIOFLUSH) != 0) fail(place);
  const struct timespec listening = {0, LISTEN_NS};
  nanosleep(&listening, NULL);
  return fd;
}

static int open_channel(const char *descriptor) {
  char *copy = strdup(descriptor);
  if (copy == NULL) fail("no memory");
  int fd = -1;
  if (strncmp(copy, "socket:", 7) == 0) fd = open_socket(copy + 7);
  if (strncmp(copy, "serial:", 7) == 0) fd = open_terminal(copy + 7);
  if (fd < 0) fail("expected socket:... or serial:...");
  free(copy);
  return fd;
}

static uint8_t *read_recording(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
  const long size = ftell(file);
  if (size < 8 || size > LARGEST_RECORDING) fail("this is no recording");
  rewind(file);
  uint8_t *bytes = malloc((size_t)size);
  if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) fail(path);
  fclose(file);
  return bytes;
}

static uint32_t word(const uint8_t **at) {
  uint32_t value;
  memcpy(&value, *at, sizeof value);
  *at += sizeof value;
  return value;
}

/* Replays exchanges; returns the place behind them. */
static const uint8_t *replay(int fd, const uint8_t *at, uint32_t n_exchanges) {
  static uint8_t received[65536];
  for (; n_exchanges > 0; --n_exchanges) {
    const uint32_t n_send = word(&at);
    uint32_t n_await = word(&at);
    if (write(fd, at, n_send) != (ssize_t)n_send) fail("sending");
    at += n_send;
    while (n_await > 0) {
      const ssize_t n = read(fd, received, n_await < sizeof received ? n_await : sizeof received);
      if (n <= 0) fail("the target has gone");
      n_await -= (uint32_t)n;
    }
  }
  return at;
}

static int64_t now_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 4) fail("usage: replay-floor DESCRIPTOR RECORDING SAMPLES");
  alarm(LIMIT_S);
  uint8_t *recording = read_recording(argv[2]);
  const int fd = open_channel(argv[1]);
  const uint8_t *at = recording;
  const uint32_t n_before = word(&at);
  const uint32_t n_run = word(&at);
  at = replay(fd, at, n_before);
  for (long sample = 0; sample < atol(argv[3]); ++sample) {
    const int64_t start = now_ns(CLOCK_MONOTONIC);
    const int64_t start_cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
    replay(fd, at, n_run);
    printf("%lld", (long long)(now_ns(CLOCK_MONOTONIC) - start));
    printf(" %lld\n", (long long)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - start_cpu));
    int more = 0;
    if (ioctl(fd, FIONREAD, &more) != 0 || more != 0) fail("the target answers otherwise than recorded");
  }
  close(fd);
  free(recording);
  return EXIT_SUCCESS;
}
