/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the kit costs: cycles of bytes that come, in whole packets and one at a time, and of those that go; beside each those of a bare firmware with
 * the same calls of the port. The line is memory, so that the figures are the same in each run. They are told to whoever sends a byte.
 */
#include <string.h>

#include "board.h"
#include "exchange.h"
#include "link.h"

enum { SIZE = 65536, PAYLOAD = AT_LARGEST_PAYLOAD, PACKET = AT_LARGEST_BUFFER, PACKETS = SIZE / PAYLOAD + 1 };

ring board_received;
static uint8_t line[PACKETS * PACKET], tensor[SIZE], packet[PACKET];
static uint32_t at_line, longest_read;

void systick_handler(void);
void systick_handler(void) {}

/* ---------------------------------------------------------------------------------------------------------------- the line */

/* The bare firmware calls the port as the kit has to. */
#define CALLED __attribute__((noinline))

CALLED int32_t at_port_read(void *bytes, uint32_t size, uint32_t limit_ms) {
  const uint32_t n = size < longest_read ? size : longest_read;
  (void)limit_ms;
  memcpy(bytes, line + at_line, n);
  at_line += n;
  return (int32_t)n;
}

CALLED bool at_port_write(const void *bytes, uint32_t size) {
  return bytes != NULL && size > 0;
}

uint64_t at_port_cycles(void) {
  return board_cycles();
}

void at_port_clock(at_clock *clock) {
  *clock = board_clock;
}

void at_port_reset(void) {}

/* A message of the host: its length and its fields, of which the last one is SIZE bytes. */
static void fill_line(void) {
  static const uint8_t begin[] = {0x8C, 0x80, 0x04, 0x08, 0, 0x10, 0x80, 0x80, 0x04, 0x18, 0, 0x22, 0x80, 0x80, 0x04};
  static const uint32_t total = sizeof begin + SIZE;
  for (uint32_t i = 0; i < total; ++i) {
    uint8_t *to = &line[(size_t)(i / PAYLOAD) * PACKET];
    const uint32_t left = total - i / PAYLOAD * PAYLOAD, n = left < PAYLOAD ? left : PAYLOAD;
    to[0] = (uint8_t)(n >> 8);
    to[1] = (uint8_t)n;
    to[2 + i % PAYLOAD] = i < sizeof begin ? begin[i] : (uint8_t)(i - sizeof begin);
  }
}

/* ---------------------------------------------------------------------------------------------------------------- what is measured */

static at_target target;

static void come(void) {
  at_await_data(&target, tensor, SIZE);
}

static void come_bare(void) {
  for (uint32_t have = 0; have < sizeof line;)
    have += (uint32_t)at_port_read(packet + have % PACKET, PACKET - have % PACKET, AT_FOREVER);
}

static void go(void) {
  at_send_data(&target, AT_DONE, 0, 0, tensor, SIZE);
}

static void go_bare(void) {
  for (uint32_t i = 0; i < PACKETS; ++i) at_port_write(packet, PACKET);
}

static uint32_t cycles_of(void (*work)(void), uint32_t longest) {
  at_line = 0;
  longest_read = longest;
  board_cycles();
  work();
  return board_cycles();
}

static bool is_right(void) {
  for (uint32_t i = 0; i < SIZE; ++i) {
    if (tensor[i] != (uint8_t)i) return false;
  }
  return !target.failed;
}

int main(void) {
  static const at_config config = {.packet = packet, .packet_bytes = sizeof packet};
  board_init();
  fill_line();
  at_init(&target, &config);
  at_link_resize(&target, PAYLOAD);
  uint32_t told[] = {
      SIZE,
      cycles_of(come, PACKET),
      cycles_of(come_bare, PACKET),
      cycles_of(come, 1),
      cycles_of(come_bare, 1),
      cycles_of(go, 0),
      cycles_of(go_bare, 0),
  };
  if (!is_right()) told[0] = 0;
  board_put('\n');
  for (uint8_t byte = 0;;) {
    while (ring_take(&board_received, &byte, 1) == 0) continue;
    for (uint32_t i = 0; i < sizeof told; ++i) board_put(((const uint8_t *)told)[i]);
  }
}
