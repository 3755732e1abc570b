/* SPDX-License-Identifier: BSD-3-Clause */
/* What a board gives beside the port of airtarget. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Memory that nobody uses, which hosts may read and write. */
enum { BOARD_FREE_BYTES = 65536 };
extern uint8_t board_free[BOARD_FREE_BYTES];

/* Clocks, counter and line, before anything else is asked for. */
void board_init(void);

#endif
