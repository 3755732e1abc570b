/* SPDX-License-Identifier: BSD-3-Clause */
/* A port of airtarget with a host that a test has written down. */
#ifndef SCRIPTED_PORT_H
#define SCRIPTED_PORT_H

#include <stdbool.h>
#include <stdint.h>

enum { HOST_MOST_BYTES = 65536 };

/* What the host sends, and when it goes; what the kit sent. */
typedef struct scripted_host {
  uint8_t input[HOST_MOST_BYTES], output[HOST_MOST_BYTES];
  uint32_t n_input, at, n_output;
  uint32_t quiet_at;    /* input from here on comes after a pause that is longer than any limit; 0: no pause */
  uint32_t most_read;   /* bytes at a time */
  uint32_t most_output; /* then nobody reads any more */
  bool nobody_reads;    /* as the kit has been told */
  uint32_t late_reads;  /* since then */
  uint32_t resets;      /* calls of at_port_reset() */
} scripted_host;

extern scripted_host host;

/* One that has said nothing. */
void host_begin(void);

#endif
