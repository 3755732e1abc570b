/* SPDX-License-Identifier: BSD-3-Clause */
/* A line that does to what the kit sends what some faults of `airunner serve` do. */
#include "faulty_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  MOST_FAULTS = 4,
  MOST_PACKET = 4096 + 64,
  HEADER = 2,
  LAST = 0x80,
  GARBAGE = 0xC3,
  STALE = 0x5A,
  ODD_SYNC = 0x55
};

typedef enum kind {
  SILENT,
  LATE,
  DIE,
  DIE_IN,
  DIE_AT_SYNC,
  CLIENTS,
  BANNER,
  SLOW,
  GARBAGE_BEFORE,
  GARBAGE_BETWEEN,
  GARBAGE_AFTER,
  TRUNCATED,
  HEADER_VALUE,
  OVERSIZE,
  STALE_PADDING,
  MISSING_SYNC,
  DOUBLE_SYNC,
  WRONG_SYNC,
  KINDS
} kind;

static const struct {
  const char *name;
  uint32_t value; /* when none is given */
} known[KINDS] = {{"silent", 0},         {"late", 1000},         {"die", 0},           {"die-in", 1},
                  {"die-at-sync", 1},    {"clients", 1},         {"banner", 0},        {"slow", 1000},
                  {"garbage-before", 5}, {"garbage-between", 5}, {"garbage-after", 5}, {"truncated", 1},
                  {"header", 0xC3C3},    {"oversize", 0},        {"stale-padding", 0}, {"missing-sync", 1},
                  {"double-sync", 1},    {"wrong-sync", 1}};

static struct {
  kind kind;
  uint32_t value;
  uint32_t field; /* of the payload; 0: any message */
  uint32_t nth;   /* 0: each */
} faults[MOST_FAULTS];
static uint32_t n_faults, clients, most_clients = UINT32_MAX;

/* How far the conversation with a client has come. */
static struct {
  uint32_t messages, of_field[32], syncs;
  uint32_t field;  /* of the message in progress */
  uint32_t packet; /* of the message, from 1; 0: none in progress */
  bool is_mute;
} now;

static uint32_t field_called(const char *name, size_t length) {
  static const char *const names[32] = {[10] = "sync", [11] = "sinfo", [12] = "ack",    [13] = "log",
                                        [15] = "data", [16] = "op",    [17] = "tensor", [22] = "minfo"};
  for (uint32_t field = 0; field < 32; ++field) {
    if (names[field] != NULL && strlen(names[field]) == length && strncmp(names[field], name, length) == 0)
      return field;
  }
  return 0;
}

bool faulty_line_add(const char *text) {
  const size_t length = strcspn(text, "=@");
  const char *where = strchr(text, '@');
  kind k = 0;
  while (k < KINDS && (strlen(known[k].name) != length || strncmp(known[k].name, text, length) != 0)) ++k;
  if (k == KINDS || n_faults == MOST_FAULTS) return false;
  const uint32_t value = text[length] == '=' ? (uint32_t)strtoul(text + length + 1, NULL, 0) : known[k].value;
  if (k == CLIENTS) {
    most_clients = value;
    return true;
  }
  faults[n_faults].kind = k;
  faults[n_faults].value = value;
  if (where != NULL) {
    const size_t name = strcspn(where + 1, ":");
    const char *number = strchr(where, ':');
    faults[n_faults].field = field_called(where + 1, name);
    faults[n_faults].nth = (uint32_t)strtoul(number != NULL ? number + 1 : where + 1, NULL, 10);
    if (faults[n_faults].field == 0 && faults[n_faults].nth == 0) return false;
  }
  ++n_faults;
  return true;
}

/* The value of a fault that takes effect here; `at_sync`: those have the number of a sync byte for it. */
static bool is_here(kind k, bool at_sync, uint32_t *value) {
  for (uint32_t i = 0; i < n_faults && clients <= most_clients; ++i) {
    const uint32_t count = faults[i].field != 0 ? now.of_field[faults[i].field] : now.messages;
    const bool fits = at_sync ? faults[i].value == now.syncs
                              : (faults[i].field == 0 || faults[i].field == now.field) &&
                                    (faults[i].nth == 0 || faults[i].nth == count);
    if (faults[i].kind != k || !fits) continue;
    if (value != NULL) *value = faults[i].value;
    return true;
  }
  return false;
}

static void pause_us(uint32_t us) {
  const struct timespec time = {us / 1000000, (long)(us % 1000000) * 1000};
  nanosleep(&time, NULL);
}

static bool send_slowly(const uint8_t *bytes, uint32_t size, line_send *send) {
  uint32_t us = 0;
  if (!is_here(SLOW, false, &us)) return send(bytes, size);
  for (uint32_t i = 0; i < size; ++i) {
    if (!send(bytes + i, 1)) return false;
    pause_us(us);
  }
  return true;
}

static bool send_garbage(kind k, line_send *send) {
  uint8_t garbage[MOST_PACKET * 2];
  uint32_t count = 0;
  if (!is_here(k, false, &count)) return true;
  memset(garbage, GARBAGE, sizeof garbage);
  return send(garbage, count < sizeof garbage ? count : (uint32_t)sizeof garbage);
}

static bool send_sync(uint8_t byte, line_send *send) {
  static const uint8_t odd = ODD_SYNC;
  ++now.syncs;
  if (is_here(DIE_AT_SYNC, true, NULL)) return false;
  if (now.is_mute || is_here(MISSING_SYNC, true, NULL)) return true;
  if (is_here(DOUBLE_SYNC, true, NULL) && !send(&byte, 1)) return false;
  return send(is_here(WRONG_SYNC, true, NULL) ? &odd : &byte, 1);
}

/* The first packet of a message tells its kind: behind two numbers comes the key of the payload. */
static void begin_message(const uint8_t *payload) {
  uint32_t at = 0, key = 0;
  for (int numbers = 0; numbers < 2; ++numbers) {
    ++at;
    while (payload[at++] >= 0x80) {
    }
  }
  key = payload[at] < 0x80 ? payload[at] : (payload[at] & 0x7Fu) | (uint32_t)payload[at + 1] << 7;
  now.field = key >> 3 & 31u;
  ++now.messages;
  ++now.of_field[now.field];
}

/* Returns the size of what is left of the packet. */
static uint32_t distort(uint8_t *packet, uint32_t size, bool is_last) {
  const uint32_t used = HEADER + ((packet[0] & 0x7Fu) << 8 | packet[1]);
  uint32_t value = 0;
  if (is_here(STALE_PADDING, false, NULL)) memset(packet + used, STALE, size - used);
  const bool replaced = is_here(HEADER_VALUE, false, &value);
  if (is_here(OVERSIZE, false, NULL)) value = size - HEADER + 1;
  if (now.packet == 1 && (replaced || value != 0)) {
    packet[0] = (uint8_t)(value >> 8);
    packet[1] = (uint8_t)value;
  }
  if (is_last && is_here(TRUNCATED, false, &value)) size -= value;
  return size;
}

static bool send_packet(const uint8_t *bytes, uint32_t size, line_send *send) {
  uint8_t packet[MOST_PACKET];
  uint32_t value = 0;
  const bool is_last = (bytes[0] & LAST) != 0;
  memcpy(packet, bytes, size);
  if (now.packet++ == 0) {
    begin_message(bytes + HEADER);
    now.is_mute = now.is_mute || is_here(SILENT, false, NULL);
    if (now.is_mute) return true;
    if (is_here(LATE, false, &value)) pause_us(value * 1000);
    if (is_here(DIE, false, NULL) || !send_garbage(GARBAGE_BEFORE, send)) return false;
  }
  if (now.is_mute) return true;
  if (is_here(DIE_IN, false, &value) && value == now.packet) {
    send(packet, size / 2);
    return false;
  }
  size = distort(packet, size, is_last);
  if (!send_slowly(packet, size, send)) return false;
  if (now.packet == 1 && !send_garbage(GARBAGE_BETWEEN, send)) return false;
  return !is_last || send_garbage(GARBAGE_AFTER, send);
}

bool faulty_line_next_client(line_send *send) {
  static const char banner[] = "\r\n#\r\n# AI Validation\r\n READY to receive a CMD from the HOST...\r\n";
  memset(&now, 0, sizeof now);
  ++clients;
  now.is_mute = is_here(SILENT, false, NULL);
  return !is_here(BANNER, false, NULL) || send(banner, sizeof banner - 1);
}

bool faulty_line_send(const uint8_t *bytes, uint32_t size, line_send *send) {
  if (size == 1) return send_sync(bytes[0], send);
  const bool is_last = (bytes[0] & LAST) != 0, goes_on = send_packet(bytes, size, send);
  if (is_last) now.packet = 0;
  return goes_on;
}
