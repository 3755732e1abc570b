/* SPDX-License-Identifier: BSD-3-Clause */
/* The self tests of link and messages: small exchanges that exercise one thing each. */
#include <string.h>

#include "exchange.h"

enum {
  GET_TEST_MODE = 0,
  FAIL = 1,
  LOGS = 2,
  NO_ANSWER = 3,
  TWO_ACKS = 4,
  FORMATS = 10,
  OPERATOR = 20,
  RECEIVE = 30,
  SEND = 40,
  ECHO = 50,
  TENSOR = 100,
  TOGGLE_TEST_MODE = 500
};

static uint8_t buffer[AT_LARGEST_CHUNK];

static uint32_t crc32(const uint8_t *bytes, uint32_t size) {
  uint32_t crc = UINT32_MAX;
  for (uint32_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

static uint32_t format_for(uint32_t option) {
  static const struct {
    uint32_t option, format;
  } formats[] = {
      {0, AT_FLOAT32},
      {1, AT_FORMAT(AT_TYPE_INTEGER, 0, 1, 0)},
      {2, AT_FORMAT(AT_TYPE_INTEGER, 1, 1, 0)},
      {3, AT_UINT8},
      {4, AT_INT8},
      {10, AT_FORMAT(AT_TYPE_INTEGER, 1, 8, 7)},
      {11, AT_FORMAT(AT_TYPE_INTEGER, 0, 8, 7)},
      {12, AT_FORMAT(AT_TYPE_INTEGER, 1, 16, 15)},
      {13, AT_FORMAT(AT_TYPE_INTEGER, 0, 16, 15)},
      {20, AT_FORMAT(AT_TYPE_BOOL, 0, 8, 0)},
      {21, AT_FORMAT(0, 0, 0, 0)},
      {30, AT_FORMAT(AT_TYPE_INTEGER, 1, 8, 4)},
      {31, AT_FORMAT(AT_TYPE_INTEGER, 0, 16, 5)},
      {32, AT_FORMAT(AT_TYPE_INTEGER, 1, 32, 13)},
  };
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; ++i) {
    if (formats[i].option == option) return formats[i].format;
  }
  return 0;
}

static void send_logs(at_target *target, uint32_t param) {
  for (uint32_t level = 1; level <= 5; ++level) at_send_log(target, level, AT_DONE, "Hello.. ");
  at_send_ack(target, AT_DONE, param);
}

static void send_operator(at_target *target, const at_Request *request) {
  uint32_t counters[] = {5, 7};
  at_Response response = {.state = AT_DONE, .which_payload = at_Response_op_tag};
  if (request->opt > 2) return;
  response.payload.op = (at_Operator){
      .name = (char *)(uintptr_t)(request->name[0] != '\0' ? request->name : "UNDEFINED"),
      .type = 34,
      .id = 55,
      .duration = request->opt == 0 ? 0.0F : 2.5F,
      .counter_type = request->opt == 1 ? 7 : request->opt,
      .counters_count = request->opt == 2 ? 2 : 0,
      .counters = counters,
  };
  at_send(target, &response);
}

/* Bytes one way, the other, or both. */
static void transfer(at_target *target, const at_Request *request, uint32_t test, uint32_t count) {
  if (count > sizeof buffer) {
    at_send_error(target, AT_E_INVALID_SIZE, count);
    return;
  }
  memset(buffer, test == SEND ? (uint8_t)request->opt : 0, count);
  at_send_ack(target, AT_WAITING, count);
  if (test != SEND) at_await_data(target, buffer, count);
  const uint32_t crc = crc32(buffer, count);
  if (test == RECEIVE) {
    at_send_ack(target, request->opt == 0 ? AT_DONE : AT_PROCESSING, crc);
    if (request->opt != 0) at_await_ack(target);
    return;
  }
  if (test == ECHO) at_send_ack(target, AT_PROCESSING, crc);
  at_send_data(target, AT_PROCESSING, request->opt, 0, buffer, count);
  at_await_ack(target);
  at_send_ack(target, AT_DONE, crc);
}

static void send_tensor(at_target *target, uint32_t option, uint32_t wanted) {
  static const uint32_t image[] = {1, 3, 3, 5}, vector[] = {1, 5};
  static const uint32_t bhwc = 2;
  static const at_tensor tensors[] = {
      {"conf0", AT_INT8, bhwc, 4, image, 1.0F / 256, -123, 0, buffer},
      {"conf1", AT_FORMAT(AT_TYPE_INTEGER, 1, 32, 13), bhwc, 2, vector, 0, 0, 0, buffer},
      {"conf2", AT_FORMAT(AT_TYPE_INTEGER, 1, 32, 13), bhwc, 4, image, 0, 0, 0, NULL},
      {"conf3", AT_FLOAT32, bhwc, 2, vector, 0, 0, 0, buffer},
      {"conf4", AT_UINT8, bhwc, 4, image, 1.0F / 256, 0, 0, buffer},
  };
  const uint32_t conf = wanted < sizeof tensors / sizeof tensors[0] ? wanted : 0;
  const at_tensor *tensor = &tensors[conf];
  memset(buffer, 0, sizeof buffer);
  for (uint32_t at = 0; at < at_tensor_bytes(tensor); at += at_element_bytes(tensor)) buffer[at] = (uint8_t)option;
  at_send_ack(target, AT_WAITING, conf);
  at_send_tensor(target, AT_DONE, tensor, AT_TENSOR_LAST, tensor->data);
  at_send_ack(target, AT_DONE, 0);
}

/* In test mode memory services work on the buffer. */
static void toggle_test_mode(at_target *target) {
  const at_region region = {0, sizeof buffer, buffer}, none = {0, 0, NULL};
  target->test_region = target->test_region.size > 0 ? none : region;
  at_send_ack(target, AT_DONE, target->test_region.size > 0 ? 1 : 0);
}

void at_self_test(at_target *target, const at_Request *request) {
  const uint32_t test = request->param & 0xFFFFu, extra = request->param >> 16;
  const uint32_t mode = target->test_region.size > 0 ? 1 : 0;
  at_Response unknown = {.state = AT_DONE, .which_payload = at_Response_ack_tag, .payload.ack = {mode, AT_E_GENERIC}};
  switch (test) {
    case GET_TEST_MODE:
      at_send_ack(target, AT_DONE, mode);
      break;
    case FAIL:
      at_send_error(target, AT_E_INVALID_PARAM, AT_E_INVALID_PARAM);
      break;
    case LOGS:
      send_logs(target, request->param);
      break;
    case NO_ANSWER:
      break;
    case TWO_ACKS:
      at_send_ack(target, AT_PROCESSING, ~request->opt);
      at_send_ack(target, AT_DONE, request->param);
      break;
    case FORMATS:
      at_send_ack(target, AT_DONE, format_for(request->opt));
      break;
    case OPERATOR:
      send_operator(target, request);
      break;
    case RECEIVE:
    case SEND:
    case ECHO:
      transfer(target, request, test, extra);
      break;
    case TENSOR:
      send_tensor(target, request->opt, extra);
      break;
    case TOGGLE_TEST_MODE:
      toggle_test_mode(target);
      break;
    default:
      at_send(target, &unknown);
  }
}
