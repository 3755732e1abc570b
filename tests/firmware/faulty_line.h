/* SPDX-License-Identifier: BSD-3-Clause */
/* A line that does to what the kit sends what some faults of `airunner serve` do, in the same words: NAME[=VALUE][@WHERE]. */
#ifndef FAULTY_LINE_H
#define FAULTY_LINE_H

#include <stdbool.h>
#include <stdint.h>

/* False for a fault that is not one of a line: those of messages and of their contents are of the server. */
bool faulty_line_add(const char *text);

/* False when the line is to end. */
typedef bool line_send(const void *bytes, uint32_t size);
bool faulty_line_next_client(line_send *send);
/* Sends a packet or a sync byte, or what the faults leave of it. */
bool faulty_line_send(const uint8_t *bytes, uint32_t size, line_send *send);

#endif
