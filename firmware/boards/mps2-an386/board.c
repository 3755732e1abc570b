/* SPDX-License-Identifier: BSD-3-Clause */
/* Arm's MPS2 with the image AN386, a Cortex-M4F, as QEMU emulates it: the port of airtarget over UART 0. */
#include "board.h"

#include "airtarget.h"
#include "cortex_m.h"
#include "ring.h"

#define CPU_HZ 25000000u
#define TICK_HZ 1000u

#define UART0_DATA REGISTER(0x40004000u)
#define UART0_STATE REGISTER(0x40004004u)
#define UART0_CTRL REGISTER(0x40004008u)
#define UART0_INTCLEAR REGISTER(0x4000400Cu)
#define UART0_BAUDDIV REGISTER(0x40004010u)
#define UART_TX_FULL 1u
#define UART_RX_FULL 2u
#define UART_ENABLE 3u
#define UART_RX_INTERRUPT 8u
#define UART_RX_PENDING 2u
#define UART0_RX_IRQ 0u
#define SMALLEST_DIVISOR 16u

#define TIMER0_CTRL REGISTER(0x40000000u) /* counts the processor's clock down */
#define TIMER0_VALUE REGISTER(0x40000004u)
#define TIMER0_RELOAD REGISTER(0x40000008u)
#define TIMER_ENABLE 1u

static ring received;
static volatile uint32_t ticks; /* of a wait with a limit */

void systick_handler(void);
void irq_handler(void);

void systick_handler(void) {
  ticks = ticks + 1;
}

void irq_handler(void) {
  UART0_INTCLEAR = UART_RX_PENDING;
  while ((UART0_STATE & UART_RX_FULL) != 0) ring_put(&received, (uint8_t)UART0_DATA);
}

void board_init(void) {
  UART0_BAUDDIV = SMALLEST_DIVISOR;
  UART0_CTRL = UART_ENABLE | UART_RX_INTERRUPT;
  enable_irq(UART0_RX_IRQ);
  TIMER0_RELOAD = TIMER0_VALUE = UINT32_MAX;
  TIMER0_CTRL = TIMER_ENABLE;
  SYST_RVR = CPU_HZ / TICK_HZ - 1;
}

/* Sleeps: nothing of a host's processor is used while nothing happens. */
static void await_byte(uint32_t limit_ms) {
  const uint32_t limit_ticks = limit_ms / (1000u / TICK_HZ);
  ticks = 0;
  SYST_CVR = 0;
  SYST_CSR = limit_ms == AT_FOREVER ? 0 : SYST_ENABLE;
  disable_interrupts(); /* what comes between looking and sleeping ends the sleep */
  while (received.read == received.written && (limit_ms == AT_FOREVER || ticks <= limit_ticks)) {
    wait_for_interrupt();
    enable_interrupts();
    disable_interrupts();
  }
  enable_interrupts();
  SYST_CSR = 0;
}

int32_t at_port_read(void *bytes, uint32_t size, uint32_t limit_ms) {
  if (received.read == received.written) await_byte(limit_ms);
  return (int32_t)ring_take(&received, bytes, size);
}

bool at_port_write(const void *bytes, uint32_t size) {
  const uint8_t *at = bytes;
  for (uint32_t i = 0; i < size; ++i) {
    while ((UART0_STATE & UART_TX_FULL) != 0) {
    }
    UART0_DATA = at[i];
  }
  return true;
}

/* The timer is started anew each time: one that runs on gives a cycle more or less by where in a cycle of its own it is asked. */
uint64_t at_port_cycles(void) {
  static uint64_t cycles;
  cycles += UINT32_MAX - TIMER0_VALUE;
  TIMER0_VALUE = UINT32_MAX;
  return cycles;
}

void at_port_clock(at_clock *clock) {
  *clock = (at_clock){.cpu_hz = CPU_HZ, .bus_hz = CPU_HZ, .cache = 1u << 16}; /* an FPU */
}

void at_port_reset(void) {
  uint8_t dropped[64];
  while (ring_take(&received, dropped, sizeof dropped) > 0) {
  }
}
