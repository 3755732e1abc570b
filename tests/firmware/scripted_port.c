/* SPDX-License-Identifier: BSD-3-Clause */
/* A port of airtarget with a host that a test has written down. */
#include "scripted_port.h"

#include <string.h>

#include "airtarget.h"

scripted_host host;

void host_begin(void) {
  memset(&host, 0, sizeof host);
  host.most_read = host.most_output = HOST_MOST_BYTES;
}

int32_t at_port_read(void *bytes, uint32_t size, uint32_t limit_ms) {
  host.late_reads += host.nobody_reads ? 1 : 0;
  uint32_t n = host.n_input - host.at;
  if (host.quiet_at > host.at && n > host.quiet_at - host.at) n = host.quiet_at - host.at;
  if (host.quiet_at != 0 && host.at == host.quiet_at && limit_ms != AT_FOREVER) {
    host.quiet_at = 0;
    return 0;
  }
  if (n == 0) return limit_ms == AT_FOREVER ? -1 : 0;
  if (n > size) n = size;
  if (n > host.most_read) n = host.most_read;
  memcpy(bytes, host.input + host.at, n);
  host.at += n;
  return (int32_t)n;
}

bool at_port_write(const void *bytes, uint32_t size) {
  host.nobody_reads = size > host.most_output - host.n_output;
  if (host.nobody_reads) return false;
  memcpy(host.output + host.n_output, bytes, size);
  host.n_output += size;
  return true;
}

uint64_t at_port_cycles(void) {
  static uint64_t cycles;
  return cycles += 1000;
}

void at_port_clock(at_clock *clock) {
  *clock = (at_clock){0x450, 480000000, 240000000, 0};
}

void at_port_reset(void) {
  ++host.resets;
}
