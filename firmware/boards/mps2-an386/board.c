/* SPDX-License-Identifier: BSD-3-Clause */
/* Arm's MPS2 with the image AN386, a Cortex-M4F, as QEMU emulates it: UART 0 and timer 0. */
#include "board.h"

#include "cortex_m.h"

#define CPU_HZ 25000000u

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

const at_clock board_clock = {.cpu_hz = CPU_HZ, .bus_hz = CPU_HZ, .cache = 1u << 16}; /* an FPU */

void irq_handler(void);
void irq_handler(void) {
  UART0_INTCLEAR = UART_RX_PENDING;
  while ((UART0_STATE & UART_RX_FULL) != 0) ring_put(&board_received, (uint8_t)UART0_DATA);
}

void board_init(void) {
  UART0_BAUDDIV = SMALLEST_DIVISOR;
  UART0_CTRL = UART_ENABLE | UART_RX_INTERRUPT;
  enable_irq(UART0_RX_IRQ);
  TIMER0_RELOAD = TIMER0_VALUE = UINT32_MAX;
  TIMER0_CTRL = TIMER_ENABLE;
}

void board_put(uint8_t byte) {
  while ((UART0_STATE & UART_TX_FULL) != 0) {
  }
  UART0_DATA = byte;
}

uint32_t board_cycles(void) {
  const uint32_t cycles = UINT32_MAX - TIMER0_VALUE;
  TIMER0_VALUE = UINT32_MAX;
  return cycles;
}
