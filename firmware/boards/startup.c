/* SPDX-License-Identifier: BSD-3-Clause */
/* From reset to main(). The emulator has put code and data where they belong. */
#include <stdint.h>

#include "cortex_m.h"

extern uint32_t bss_begin[], bss_end[], stack_end[];
int main(void);
void __libc_init_array(void);

void reset(void);
void systick_handler(void);
void irq_handler(void);

/* Called by newlib around the constructors. */
void _init(void);
void _init(void) {}

void reset(void) {
  CPACR |= CPACR_FPU;
  __asm volatile("dsb\n isb" ::: "memory");
  for (uint32_t *at = bss_begin; at < bss_end; ++at) *at = 0;
  __libc_init_array();
  main();
  for (;;) wait_for_interrupt();
}

/* A fault of the program: stays where it is, for a debugger. */
static void fault(void) {
  for (;;) {
  }
}

enum { SYSTEM_VECTORS = 16, IRQS = 64, SYSTICK = 15 };

/* All interrupts have one handler: each board uses one. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[SYSTEM_VECTORS + IRQS] = {
    [0] = (uintptr_t)stack_end,
    [1] = (uintptr_t)reset,
    [2 ... SYSTICK - 1] = (uintptr_t)fault,
    [SYSTICK] = (uintptr_t)systick_handler,
    [SYSTEM_VECTORS... SYSTEM_VECTORS + IRQS - 1] = (uintptr_t)irq_handler,
};
