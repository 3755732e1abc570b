/* SPDX-License-Identifier: BSD-3-Clause */
/* Arm's MPS2 with the image AN386, a Cortex-M4F, as QEMU emulates it: UART 0 and timer 0. */
#include "board.h"

#include "cmsdk_uart.h"
#include "cortex_m.h"

#define CPU_HZ 25000000u

#define UART0 0x40004000u
#define UART0_RX_IRQ 0u

#define TIMER0_CTRL REGISTER(0x40000000u) /* counts the processor's clock down */
#define TIMER0_VALUE REGISTER(0x40000004u)
#define TIMER0_RELOAD REGISTER(0x40000008u)
#define TIMER_ENABLE 1u

const at_clock board_clock = {.cpu_hz = CPU_HZ, .bus_hz = CPU_HZ, .cache = 1u << 16}; /* an FPU */

void irq_handler(void);
void irq_handler(void) {
  cmsdk_uart_take(UART0, &board_received);
}

void board_init(void) {
  cmsdk_uart_init(UART0);
  enable_irq(UART0_RX_IRQ);
  TIMER0_RELOAD = TIMER0_VALUE = UINT32_MAX;
  TIMER0_CTRL = TIMER_ENABLE;
}

void board_put(uint8_t byte) {
  cmsdk_uart_put(UART0, byte);
}

uint32_t board_cycles(void) {
  const uint32_t cycles = UINT32_MAX - TIMER0_VALUE;
  TIMER0_VALUE = UINT32_MAX;
  return cycles;
}
