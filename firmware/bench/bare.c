/* SPDX-License-Identifier: BSD-3-Clause */
/* A bare firmware, which tells what a board's line can do: told two numbers of 32 bits, it takes as many bytes as the first says and sends as many
   as the second. */
#include "board.h"

static uint8_t block[4096];

static uint32_t smaller(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static void take(void *to, uint32_t size) {
  uint8_t *bytes = to;
  for (uint32_t got = 0; got < size;) got += (uint32_t)at_port_read(bytes + got, size - got, AT_FOREVER);
}

int main(void) {
  board_init();
  board_put('\n');
  for (;;) {
    uint32_t counts[2];
    take(counts, sizeof counts);
    for (uint32_t left = counts[0]; left > 0; left -= smaller(left, sizeof block))
      take(block, smaller(left, sizeof block));
    for (uint32_t left = counts[1]; left > 0; left -= smaller(left, sizeof block))
      at_port_write(block, smaller(left, sizeof block));
  }
}
