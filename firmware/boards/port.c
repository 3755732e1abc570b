/* SPDX-License-Identifier: BSD-3-Clause */
/* The port of airtarget to the emulated boards. Where nothing happens it sleeps, so that nothing of the host's processor is used. */
#include "board.h"
#include "cortex_m.h"

#define TICK_HZ 1000u

ring board_received;
static volatile uint32_t ticks; /* of a wait with a limit */

void systick_handler(void);
void systick_handler(void) {
  ticks = ticks + 1;
}

static void start_ticks(void) {
  ticks = 0;
  SYST_RVR = board_clock.cpu_hz / TICK_HZ - 1;
  SYST_CVR = 0;
  SYST_CSR = SYST_ENABLE;
}

/* Of the timer only where there is a limit: each access to a register leaves the fast path of an emulator, and each byte is waited for. */
static void await_byte(uint32_t limit_ms) {
  const bool is_limited = limit_ms != AT_FOREVER;
  const uint32_t limit_ticks = limit_ms / (1000u / TICK_HZ);
  if (is_limited) start_ticks();
  disable_interrupts(); /* what comes between looking and sleeping ends the sleep */
  while (board_received.read == board_received.written && (!is_limited || ticks <= limit_ticks)) {
    wait_for_interrupt();
    enable_interrupts();
    disable_interrupts();
  }
  enable_interrupts();
  if (is_limited) SYST_CSR = 0;
}

int32_t at_port_read(void *bytes, uint32_t size, uint32_t limit_ms) {
  if (board_received.read == board_received.written) await_byte(limit_ms);
  return (int32_t)ring_take(&board_received, bytes, size);
}

bool at_port_write(const void *bytes, uint32_t size) {
  const uint8_t *at = bytes;
  for (uint32_t i = 0; i < size; ++i) board_put(at[i]);
  return true;
}

uint64_t at_port_cycles(void) {
  static uint64_t cycles;
  cycles += board_cycles();
  return cycles;
}

void at_port_clock(at_clock *clock) {
  *clock = board_clock;
}

void at_port_reset(void) {
  uint8_t dropped[64];
  while (ring_take(&board_received, dropped, sizeof dropped) > 0) {
  }
}
