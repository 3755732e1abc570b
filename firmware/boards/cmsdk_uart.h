/* SPDX-License-Identifier: BSD-3-Clause */
/* The UART of Arm's Cortex-M System Design Kit, by the address of its registers. */
#ifndef CMSDK_UART_H
#define CMSDK_UART_H

#include "cortex_m.h"
#include "ring.h"

#define UART_DATA(base) REGISTER(base)
#define UART_STATE(base) REGISTER((base) + 0x4u)
#define UART_CTRL(base) REGISTER((base) + 0x8u)
#define UART_INTCLEAR(base) REGISTER((base) + 0xCu)
#define UART_BAUDDIV(base) REGISTER((base) + 0x10u)
#define UART_TX_FULL 1u
#define UART_RX_FULL 2u
#define UART_ENABLE 3u
#define UART_RX_INTERRUPT 8u
#define UART_RX_PENDING 2u
#define UART_SMALLEST_DIVISOR 16u

static inline void cmsdk_uart_init(uintptr_t base) {
  UART_BAUDDIV(base) = UART_SMALLEST_DIVISOR;
  UART_CTRL(base) = UART_ENABLE | UART_RX_INTERRUPT;
}

/* Of its interrupt of reception. */
static inline void cmsdk_uart_take(uintptr_t base, ring *received) {
  UART_INTCLEAR(base) = UART_RX_PENDING;
  while ((UART_STATE(base) & UART_RX_FULL) != 0) ring_put(received, (uint8_t)UART_DATA(base));
}

static inline void cmsdk_uart_put(uintptr_t base, uint8_t byte) {
  while ((UART_STATE(base) & UART_TX_FULL) != 0) {
  }
  UART_DATA(base) = byte;
}

#endif
