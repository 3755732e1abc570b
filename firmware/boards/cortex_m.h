/* SPDX-License-Identifier: BSD-3-Clause */
/* The few registers and instructions of a Cortex-M that the boards use. */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYST_CSR REGISTER(0xE000E010u)
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define SYST_ENABLE 7u /* with its interrupt, at the clock of the processor */
#define NVIC_ISER(irq) REGISTER(0xE000E100u + 4u * ((irq) / 32u))
#define CPACR REGISTER(0xE000ED88u)
#define CPACR_FPU 0x00F00000u

static inline void disable_interrupts(void) {
  __asm volatile("cpsid i" ::: "memory");
}

static inline void enable_interrupts(void) {
  __asm volatile("cpsie i" ::: "memory");
}

/* An interrupt that is pending ends it, also while they are disabled. */
static inline void wait_for_interrupt(void) {
  __asm volatile("dsb\n wfi" ::: "memory");
}

static inline void enable_irq(uint32_t irq) {
  NVIC_ISER(irq) = 1u << irq % 32u;
}

#endif
