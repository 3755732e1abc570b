/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole messages in and out. */
#include "exchange.h"

#include <string.h>

#include "link.h"

/* Bytes that are sent from where they lie, or have a place to go to. */
typedef struct place {
  uint8_t *bytes;
  uint32_t size;
  uint32_t received;
} place;

/* ---------------------------------------------------------------------------------------------------------------- receiving */

bool at_await_request(at_target *target, at_Request *request) {
  while (!target->gone) {
    at_link_idle(target);
    if (!at_link_receive(target, at_Request_fields, request)) continue;
    target->idle = false;
    target->reqid = request->reqid;
    return true;
  }
  return false;
}

bool at_await_ack(at_target *target) {
  at_Ack ack; /* what it says does not matter */
  return !target->failed && at_link_receive(target, at_Ack_fields, &ack);
}

static bool keep(pb_istream_t *stream, const pb_field_t *field, void **argument) {
  place *to = *argument;
  uint8_t scrap[16];
  (void)field;
  to->received = (uint32_t)stream->bytes_left;
  const uint32_t kept = to->received < to->size ? to->received : to->size;
  if (kept > 0 && !pb_read(stream, to->bytes, kept)) return false;
  while (stream->bytes_left > 0) {
    if (!pb_read(stream, scrap, stream->bytes_left < sizeof scrap ? stream->bytes_left : sizeof scrap)) return false;
  }
  return true;
}

uint32_t at_await_data(at_target *target, void *bytes, uint32_t size) {
  place to = {bytes, size, 0};
  at_Data data = {.datas = {.funcs.decode = keep, .arg = &to}};
  return !target->failed && at_link_receive(target, at_Data_fields, &data) ? to.received : 0;
}

/* ------------------------------------------------------------------------------------------------------------------ sending */

const char *at_text(const char *text) {
  return text != NULL ? text : "";
}

bool at_send(at_target *target, at_Response *response) {
  response->reqid = target->reqid;
  return at_link_send(target, at_Response_fields, response);
}

bool at_send_ack(at_target *target, uint32_t state, uint32_t param) {
  at_Response response = {.state = state, .which_payload = at_Response_ack_tag, .payload.ack = {param, AT_E_NONE}};
  return at_send(target, &response);
}

bool at_send_error(at_target *target, uint32_t error, uint32_t param) {
  at_Response response = {.state = AT_ERROR, .which_payload = at_Response_ack_tag, .payload.ack = {param, error}};
  return at_send(target, &response);
}

bool at_send_log(at_target *target, uint32_t level, uint32_t state, const char *text) {
  char line[AT_LONGEST_LOG + 1] = "";
  strncpy(line, text, AT_LONGEST_LOG);
  at_Response response = {.state = state, .which_payload = at_Response_log_tag, .payload.log = {level, line}};
  return at_send(target, &response) && at_await_ack(target);
}

static bool stream_bytes(pb_ostream_t *stream, const pb_field_t *field, void *const *argument) {
  const place *from = *argument;
  return pb_encode_tag_for_field(stream, field) && pb_encode_string(stream, from->bytes, from->size);
}

static at_Data data_of(place *from, uint32_t type, uint32_t address) {
  return (at_Data){type, from->size, address, {.funcs.encode = stream_bytes, .arg = from}};
}

bool at_send_data(at_target *target, uint32_t state, uint32_t type, uint32_t address, const void *bytes,
                  uint32_t size) {
  place from = {(uint8_t *)(uintptr_t)bytes, size, 0};
  at_Response response = {.state = state, .which_payload = at_Response_data_tag};
  response.payload.data = data_of(&from, type, address);
  return at_send(target, &response);
}

bool at_send_tensor(at_target *target, uint32_t state, const at_tensor *tensor, uint32_t flags, const void *bytes) {
  place from = {(uint8_t *)(uintptr_t)bytes, bytes != NULL ? at_tensor_bytes(tensor) : 0, 0};
  at_Response response = {.state = state, .which_payload = at_Response_tensor_tag};
  response.payload.tensor.desc = at_describe(target, tensor, flags | (bytes != NULL ? 0u : AT_TENSOR_NO_DATA));
  response.payload.tensor.data = data_of(&from, 0, 0);
  return at_send(target, &response);
}

/* ------------------------------------------------------------------------------------------------------------------ tensors */

static uint32_t element_bits(const at_tensor *tensor) {
  return tensor->format >> 7 & 0x7Fu;
}

uint32_t at_element_bytes(const at_tensor *tensor) {
  const uint32_t bits = element_bits(tensor);
  return bits == 1 ? 4 : bits / 8;
}

static uint32_t n_elements(const at_tensor *tensor, uint32_t n_dims) {
  uint32_t count = 1;
  for (uint32_t i = 0; i < n_dims; ++i) count *= tensor->dims[i];
  return count;
}

/* Packed bits: the last dimension in whole words of 32. */
uint32_t at_tensor_bytes(const at_tensor *tensor) {
  if (element_bits(tensor) != 1 || tensor->n_dims == 0)
    return n_elements(tensor, tensor->n_dims) * at_element_bytes(tensor);
  return n_elements(tensor, tensor->n_dims - 1) * ((tensor->dims[tensor->n_dims - 1] + 31) / 32) * 4;
}

/* By which the host can ask for it; 0 where there is none. */
static uint32_t address_of(const at_target *target, const void *data) {
  const uint8_t *byte = data;
  for (uint32_t i = 0; i < target->config->n_regions; ++i) {
    const at_region *region = &target->config->regions[i];
    const uintptr_t offset = (uintptr_t)byte - (uintptr_t)region->bytes;
    if (offset < region->size) return region->address + (uint32_t)offset;
  }
  return sizeof(void *) == sizeof(uint32_t) ? (uint32_t)(uintptr_t)byte : 0;
}

at_TensorDesc at_describe(const at_target *target, const at_tensor *tensor, uint32_t flags) {
  return (at_TensorDesc){
      .name = (char *)(uintptr_t)at_text(tensor->name),
      .format = tensor->format,
      .size = n_elements(tensor, tensor->n_dims),
      .n_dims = tensor->shape << 24 | tensor->n_dims,
      .dims_count = (pb_size_t)tensor->n_dims,
      .dims = (uint32_t *)(uintptr_t)tensor->dims,
      .scale = tensor->scale,
      .zeropoint = tensor->zero_point,
      .addr = address_of(target, tensor->data),
      .flags = tensor->flags | flags,
  };
}
