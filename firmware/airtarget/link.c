/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets in and out, and the messages in them, neither of which is ever in memory as a whole. */
#include "link.h"

#include <string.h>

#define LAST 0x80u
#define SYNC 0xAAu
#define QUIET_MS 50u         /* after a packet that cannot be */
#define LONGEST_GAP_MS 2000u /* inside a packet, when idle: hosts never pause there */
#define LONGEST_DELIMITER 5u
#define LONGEST_REQUEST \
  1024u /* more than any; what announces more is garbage, for the end of which nobody could wait */

static uint32_t header_size(const at_target *target) {
  return target->config->generation == AT_GENERATION_2 ? 1 : 2;
}

static uint32_t packet_size(const at_target *target) {
  return header_size(target) + target->payload;
}

void at_link_resize(at_target *target, uint32_t payload) {
  const uint32_t room = target->config->packet_bytes - header_size(target);
  target->payload = payload < room ? payload : room;
}

void at_link_idle(at_target *target) {
  target->idle = true;
  target->failed = false;
  target->in_message = false;
  target->at = target->unread = target->message_left = 0;
}

bool at_link_fail(at_target *target) {
  target->failed = true;
  return false;
}

static bool write_all(at_target *target, const void *bytes, uint32_t size) {
  if (target->failed) return false;
  if (at_port_write(bytes, size)) return true;
  target->gone = true;
  return at_link_fail(target);
}

/* ---------------------------------------------------------------------------------------------------------------- receiving */

static bool read_some(at_target *target, uint32_t have, uint32_t want, uint32_t limit_ms, uint32_t *got) {
  const int32_t n = at_port_read(target->config->packet + have, want - have, limit_ms);
  if (n < 0 || (uint32_t)n > want - have) {
    target->gone = true;
    return at_link_fail(target);
  }
  *got = (uint32_t)n;
  return true;
}

/*
 * Garbage: a header that cannot be says nothing about where the next one is. It is behind a silence, or behind as many bytes as a packet has, for
 * hosts that find the end of a packet by bytes that they send without a pause.
 */
static bool drop_input(at_target *target) {
  const uint32_t size = packet_size(target);
  uint32_t dropped = 0, got = 1;
  at_port_reset();
  while (got > 0 && dropped < size && read_some(target, dropped, size, QUIET_MS, &got)) dropped += got;
  return at_link_fail(target);
}

/* What the header says. */
static uint32_t used_bytes(const at_target *target) {
  const uint8_t *packet = target->config->packet;
  return header_size(target) == 1 ? packet[0] : (uint32_t)packet[0] << 8 | packet[1];
}

static bool read_packet(at_target *target) {
  const uint32_t size = packet_size(target);
  uint32_t have = 0, got = 0;
  while (have < size) {
    if (!read_some(target, have, size, target->idle && have > 0 ? LONGEST_GAP_MS : AT_FOREVER, &got)) return false;
    if (got == 0 && have > 0) return at_link_fail(target);
    have += got;
    if (have >= header_size(target) && used_bytes(target) > target->payload) return drop_input(target);
  }
  target->at = header_size(target);
  target->unread = used_bytes(target);
  return true;
}

/* Sees to it that there are bytes. A further packet is asked for when a byte of it is needed and not before. */
static bool need_bytes(at_target *target) {
  static const uint8_t sync = SYNC;
  while (!target->failed && target->unread == 0) {
    if (target->in_message && !write_all(target, &sync, 1)) return false;
    if (!read_packet(target)) return false;
    target->in_message = true;
  }
  return !target->failed;
}

static bool read_delimiter(at_target *target) {
  uint64_t size = 0;
  for (uint32_t n = 0; n < LONGEST_DELIMITER; ++n) {
    if (!need_bytes(target)) return false;
    const uint8_t byte = target->config->packet[target->at];
    ++target->at;
    --target->unread;
    size |= (uint64_t)(byte & 0x7Fu) << (7u * n);
    if (byte >= 0x80u) continue;
    if (size > (target->idle ? LONGEST_REQUEST : UINT32_MAX)) break;
    target->message_left = (uint32_t)size;
    return true;
  }
  return at_link_fail(target);
}

/* Of nanopb. Also skips, where `bytes` is NULL. */
static bool take(pb_istream_t *stream, pb_byte_t *bytes, size_t count) {
  at_target *target = stream->state;
  while (count > 0) {
    if (!need_bytes(target)) return false;
    const uint32_t n = count < target->unread ? (uint32_t)count : target->unread;
    if (bytes != NULL) {
      memcpy(bytes, target->config->packet + target->at, n);
      bytes += n;
    }
    target->at += n;
    target->unread -= n;
    target->message_left -= n;
    count -= n;
  }
  return true;
}

bool at_link_receive(at_target *target, const pb_msgdesc_t *type, void *message) {
  target->in_message = false;
  target->unread = 0; /* what follows a message in its packet is dropped */
  if (!read_delimiter(target)) return false;
  pb_istream_t stream = {.callback = take, .state = target, .bytes_left = target->message_left};
  const bool is_one = pb_decode(&stream, type, message);
  take(&stream, NULL, target->message_left); /* what is left of one that is none; nanopb's own count may be less */
  return (is_one && !target->failed) || at_link_fail(target);
}

/* ------------------------------------------------------------------------------------------------------------------ sending */

static bool send_packet(at_target *target, uint8_t last) {
  uint8_t *packet = target->config->packet;
  const uint32_t header = header_size(target), used = target->at;
  packet[0] = (uint8_t)(used >> 8);
  packet[header - 1] = (uint8_t)used;
  packet[0] |= last;
  memset(packet + header + used, 0, target->payload - used);
  target->at = 0;
  return write_all(target, packet, packet_size(target));
}

/* Of nanopb. A full packet goes at once, so that a message that ends with one is ended by an empty one, as by deployed firmware. */
static bool put(pb_ostream_t *stream, const pb_byte_t *bytes, size_t count) {
  at_target *target = stream->state;
  while (count > 0) {
    const uint32_t room = target->payload - target->at;
    const uint32_t n = count < room ? (uint32_t)count : room;
    memcpy(target->config->packet + header_size(target) + target->at, bytes, n);
    target->at += n;
    bytes += n;
    count -= n;
    if (target->at == target->payload && !send_packet(target, 0)) return false;
  }
  return true;
}

bool at_link_send(at_target *target, const pb_msgdesc_t *type, const void *message) {
  if (target->failed) return false;
  target->at = 0;
  target->unread = 0;
  pb_ostream_t stream = {.callback = put, .state = target, .max_size = SIZE_MAX};
  if (!pb_encode(&stream, type, message)) return at_link_fail(target);
  return send_packet(target, LAST);
}
