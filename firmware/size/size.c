/* SPDX-License-Identifier: BSD-3-Clause */
/* Nothing but airtarget with all services and no model: what it takes of a microcontroller's memory. */
#include "airtarget.h"

int32_t at_port_read(void *bytes, uint32_t size, uint32_t limit_ms) {
  (void)bytes, (void)limit_ms;
  return (int32_t)size;
}

bool at_port_write(const void *bytes, uint32_t size) {
  return bytes != NULL && size > 0;
}

uint64_t at_port_cycles(void) {
  return 0;
}

void at_port_clock(at_clock *clock) {
  clock->cpu_hz = 1;
}

void at_port_reset(void) {}

static uint8_t packet[PACKET_BYTES];
static const at_config config = {
    .packet = packet, .packet_bytes = sizeof packet, .memory = at_memory, .self_test = at_self_test};
static at_target target;

int main(void) {
  at_init(&target, &config);
  for (;;) at_serve(&target);
}
