/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes from an interrupt to the program: one writes, the other reads. */
#ifndef RING_H
#define RING_H

#include <stdint.h>

enum { RING_SIZE = 8192 }; /* the largest packet twice: a host sends no more than one ahead */

typedef struct ring {
  volatile uint32_t written; /* both count on and on */
  volatile uint32_t read;
  uint8_t bytes[RING_SIZE];
} ring;

/* What there is no room for is lost, as on a line without flow control. */
static inline void ring_put(ring *self, uint8_t byte) {
  if (self->written - self->read == RING_SIZE) return;
  self->bytes[self->written % RING_SIZE] = byte;
  self->written = self->written + 1;
}

static inline uint32_t ring_take(ring *self, uint8_t *bytes, uint32_t size) {
  uint32_t n = 0;
  while (n < size && self->read != self->written) {
    bytes[n++] = self->bytes[self->read % RING_SIZE];
    self->read = self->read + 1;
  }
  return n;
}

#endif
