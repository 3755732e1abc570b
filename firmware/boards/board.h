/* SPDX-License-Identifier: BSD-3-Clause */
/* What is different from board to board; port.c makes the port of airtarget of it. */
#ifndef BOARD_H
#define BOARD_H

#include "airtarget.h"
#include "ring.h"

/* Memory that nobody uses, which hosts may read and write. */
enum { BOARD_FREE_BYTES = 65536 };
extern uint8_t board_free[BOARD_FREE_BYTES];

extern const at_clock board_clock;

/* What the interrupt of the line puts in. */
extern ring board_received;

/* The line, and a counter of cycles, before anything else is asked for. */
void board_init(void);

/* Waits until the line takes it. */
void board_put(uint8_t byte);

/* Cycles since the last call, from which on it counts anew: one that runs on gives a cycle more or less by where in a cycle it is asked. */
uint32_t board_cycles(void);

#endif
