/* SPDX-License-Identifier: BSD-3-Clause */
/* Arm's MPS3 with the image AN547, a Cortex-M55 in the subsystem SSE-300, as QEMU emulates it: UART 0 and the system counter. Everything stays
   in the secure state that it begins in. */
#include "board.h"

#include "cmsdk_uart.h"
#include "cortex_m.h"

#define CPU_HZ 32000000u

#define UART0 0x49303000u
#define UART0_RX_IRQ 33u

#define COUNTER_CONTROL REGISTER(0x58100000u)
#define COUNTER_LOW REGISTER(0x58100008u)
#define COUNTER_ENABLE 1u

const at_clock board_clock = {.cpu_hz = CPU_HZ, .bus_hz = CPU_HZ, .cache = 1u << 16}; /* an FPU */

void irq_handler(void);
void irq_handler(void) {
  cmsdk_uart_take(UART0, &board_received);
}

void board_init(void) {
  cmsdk_uart_init(UART0);
  enable_irq(UART0_RX_IRQ);
  COUNTER_CONTROL = COUNTER_ENABLE;
  COUNTER_LOW = 0;
}

void board_put(uint8_t byte) {
  cmsdk_uart_put(UART0, byte);
}

uint32_t board_cycles(void) {
  const uint32_t cycles = COUNTER_LOW;
  COUNTER_LOW = 0;
  return cycles;
}
