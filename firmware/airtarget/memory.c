/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and writing memory: nothing outside of the regions that the firmware offers. */
#include "exchange.h"

/* NULL for what is not all in one region. */
static uint8_t *find(const at_target *target, uint32_t address, uint32_t *size) {
  const at_region *test = &target->test_region;
  if (test->size > 0) {
    if (*size > test->size) *size = test->size;
    return test->bytes;
  }
  for (uint32_t i = 0; i < target->config->n_regions; ++i) {
    const at_region *region = &target->config->regions[i];
    const uint32_t offset = address - region->address; /* huge for one in front of the region */
    if (offset <= region->size && *size <= region->size - offset) return (uint8_t *)region->bytes + offset;
  }
  return NULL;
}

static uint32_t checksum(const uint8_t *bytes, uint32_t size) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < size; ++i) sum = ((sum >> 1) + ((sum & 1u) << 15) + bytes[i]) & 0xFFFFu;
  return sum;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static void read_memory(at_target *target, const uint8_t *bytes, uint32_t size, uint32_t address) {
  const uint32_t chunk = smaller(size, AT_LARGEST_CHUNK);
  at_send_ack(target, size == 0 ? AT_DONE : AT_PROCESSING, chunk);
  while (size > 0 && !target->failed) {
    const uint32_t n = smaller(size, chunk);
    const bool is_last = n == size;
    at_send_data(target, is_last ? AT_DONE : AT_PROCESSING, 0, address, bytes, n);
    if (!is_last) at_await_ack(target);
    bytes += n;
    address += n;
    size -= n;
  }
}

/* Chunks are as long as the host likes, but no longer than was announced or is left. */
static void write_memory(at_target *target, uint8_t *bytes, uint32_t size) {
  const uint32_t chunk = smaller(size, AT_LARGEST_CHUNK);
  at_send_ack(target, size == 0 ? AT_DONE : AT_WAITING, chunk);
  while (size > 0 && !target->failed) {
    const uint32_t room = smaller(size, chunk), n = at_await_data(target, bytes, room);
    if (n > room) {
      at_send_error(target, AT_E_MEM_OVERFLOW, n - room);
      return;
    }
    at_send_ack(target, n == size ? AT_DONE : AT_WAITING, checksum(bytes, n));
    bytes += n;
    size -= n;
  }
}

void at_memory(at_target *target, const at_Request *request) {
  uint32_t size = request->opt;
  uint8_t *bytes = find(target, request->param, &size);
  if (bytes == NULL) {
    at_send_error(target, AT_E_INVALID_PARAM, request->param);
  } else if (request->cmd == AT_CMD_MEMORY_CHECKSUM) {
    at_send_ack(target, AT_DONE, checksum(bytes, size));
  } else if (request->cmd == AT_CMD_MEMORY_READ) {
    read_memory(target, bytes, size, request->param);
  } else {
    write_memory(target, bytes, size);
  }
}
