/* SPDX-License-Identifier: BSD-3-Clause */
/* Netduino Plus 2, an STM32F405, as QEMU emulates it: USART 1 on PA9 and PA10, and timer 2. */
#include "board.h"

#include "cortex_m.h"

#define CPU_HZ 168000000u

#define RCC_AHB1ENR REGISTER(0x40023830u)
#define RCC_APB1ENR REGISTER(0x40023840u)
#define RCC_APB2ENR REGISTER(0x40023844u)
#define RCC_GPIOA 1u
#define RCC_TIM2 1u
#define RCC_USART1 (1u << 4)

#define GPIOA_MODER REGISTER(0x40020000u)
#define GPIOA_AFRH REGISTER(0x40020024u)
#define PA9_PA10_ALTERNATE (2u << 18 | 2u << 20)
#define PA9_PA10_USART1 (7u << 4 | 7u << 8)

#define USART1_SR REGISTER(0x40011000u)
#define USART1_DR REGISTER(0x40011004u)
#define USART1_BRR REGISTER(0x40011008u)
#define USART1_CR1 REGISTER(0x4001100Cu)
#define USART_RXNE (1u << 5)
#define USART_TXE (1u << 7)
#define USART_ENABLE (1u << 13 | 1u << 5 | 1u << 3 | 1u << 2) /* with both directions, and the interrupt of reception */
#define USART1_IRQ 37u
#define APB2_HZ (CPU_HZ / 2)
#define BAUD 921600u

#define TIM2_CR1 REGISTER(0x40000000u)
#define TIM2_CNT REGISTER(0x40000024u)
#define TIM_ENABLE 1u
#define CYCLES_PER_1000_NS (CPU_HZ / 1000000u)

const at_clock board_clock = {.device_id = 0x413, .cpu_hz = CPU_HZ, .bus_hz = CPU_HZ, .cache = 1u << 16}; /* an FPU */

void irq_handler(void);
void irq_handler(void) {
  while ((USART1_SR & USART_RXNE) != 0) ring_put(&board_received, (uint8_t)USART1_DR);
}

void board_init(void) {
  RCC_AHB1ENR |= RCC_GPIOA;
  RCC_APB1ENR |= RCC_TIM2;
  RCC_APB2ENR |= RCC_USART1;
  GPIOA_MODER |= PA9_PA10_ALTERNATE;
  GPIOA_AFRH |= PA9_PA10_USART1;
  USART1_BRR = APB2_HZ / BAUD;
  USART1_CR1 = USART_ENABLE;
  enable_irq(USART1_IRQ);
  TIM2_CR1 = TIM_ENABLE;
  TIM2_CNT = 0;
}

void board_put(uint8_t byte) {
  while ((USART1_SR & USART_TXE) == 0) {
  }
  USART1_DR = byte;
}

/* QEMU's timers count nanoseconds, and it has no other counter of cycles. */
uint32_t board_cycles(void) {
  const uint32_t ns = TIM2_CNT;
  TIM2_CNT = 0;
  return (uint32_t)((uint64_t)ns * CYCLES_PER_1000_NS / 1000u);
}
