/* SPDX-License-Identifier: BSD-3-Clause */
/* The target: takes one command after the other. */
#include <string.h>

#include "exchange.h"
#include "link.h"
#include "run.h"

#define VERSION_3_1 0x301u
#define VERSION_3_2 0x302u

#define CAN_OBSERVE 1u
#define CAN_READ_WRITE 8u
#define HAS_LARGE_PACKETS 64u
#define CAN_SELF_TEST 128u

void at_init(at_target *target, const at_config *config) {
  memset(target, 0, sizeof *target);
  target->config = config;
}

static uint32_t largest_payload(const at_config *config) {
  const uint32_t payload = config->generation == AT_GENERATION_2 ? AT_SMALLEST_PAYLOAD : config->packet_bytes - 2;
  return payload < AT_LARGEST_PAYLOAD ? payload : AT_LARGEST_PAYLOAD;
}

static void refuse(at_target *target) {
  at_send_error(target, AT_E_INVALID_PARAM, AT_E_INVALID_PARAM);
}

static uint32_t capability(const at_config *config) {
  uint32_t bits = 0;
  for (uint32_t i = 0; i < config->n_models; ++i) bits |= config->models[i]->n_nodes > 0 ? CAN_OBSERVE : 0u;
  if (config->memory != NULL) bits |= CAN_READ_WRITE;
  if (config->generation == AT_NEWEST && largest_payload(config) > AT_SMALLEST_PAYLOAD) bits |= HAS_LARGE_PACKETS;
  if (config->self_test != NULL) bits |= CAN_SELF_TEST;
  return bits;
}

/* A new host, as far as can be told: small packets, and models have forgotten what they knew. */
static void welcome(at_target *target) {
  at_link_resize(target, AT_SMALLEST_PAYLOAD);
  target->fresh = UINT32_MAX;
}

static void answer_sync(at_target *target) {
  const at_config *config = target->config;
  at_Response response = {.state = AT_IDLE, .which_payload = at_Response_sync_tag};
  welcome(target);
  response.payload.sync =
      (at_Sync){config->generation == AT_NEWEST ? VERSION_3_2 : VERSION_3_1, capability(config), config->rtid};
  at_send(target, &response);
}

/* Field 5 is the size of packets where they may be larger, and before that was the words of the device, which are field 6 now. */
static void answer_sys_info(at_target *target) {
  const at_config *config = target->config;
  const bool has_size = config->generation != AT_GENERATION_2;
  const uint32_t largest = largest_payload(config);
  uint32_t size = largest > AT_SMALLEST_PAYLOAD ? largest : 0;
  uint32_t *extra = (uint32_t *)(uintptr_t)config->extra;
  at_clock clock = {0, 0, 0, 0};
  at_Response response = {.state = AT_IDLE, .which_payload = at_Response_sinfo_tag};
  at_port_clock(&clock);
  response.payload.sinfo = (at_SysInfo){
      .devid = clock.device_id,
      .sclock = clock.cpu_hz,
      .hclock = clock.bus_hz,
      .cache = clock.cache,
      .com_param_count = has_size ? 1 : (pb_size_t)config->n_extra,
      .com_param = has_size ? &size : extra,
      .extra_count = has_size ? (pb_size_t)config->n_extra : 0,
      .extra = extra,
  };
  if (at_send(target, &response)) at_link_resize(target, largest);
}

/* ------------------------------------------------------------------------------------------------------------------- models */

typedef struct described {
  const at_target *target;
  const at_tensors *tensors;
  uint32_t flags;
} described;

static bool encode_tensors(pb_ostream_t *stream, const pb_field_t *field, void *const *argument) {
  const described *what = *argument;
  for (uint32_t i = 0; i < what->tensors->count; ++i) {
    const at_TensorDesc desc = at_describe(what->target, &what->tensors->tensors[i], what->flags);
    if (!pb_encode_tag_for_field(stream, field) || !pb_encode_submessage(stream, at_TensorDesc_fields, &desc))
      return false;
  }
  return true;
}

static char *text(const char *value) {
  return (char *)(uintptr_t)at_text(value);
}

static void describe(at_target *target, const at_model *model) {
  described inputs = {target, &model->inputs, AT_TENSOR_INPUT}, outputs = {target, &model->outputs, AT_TENSOR_OUTPUT};
  described activations = {target, &model->activations, AT_TENSOR_MEMPOOL};
  described weights = {target, &model->weights, AT_TENSOR_MEMPOOL};
  at_Response response = {.state = AT_IDLE, .which_payload = at_Response_minfo_tag};
  response.payload.minfo = (at_ModelInfo){
      .name = text(model->name),
      .rtid = model->rtid,
      .signature = text(model->signature),
      .compile_datetime = text(model->compile_datetime),
      .runtime_version = model->runtime_version,
      .tool_version = model->tool_version,
      .n_macc = model->macc,
      .n_nodes = model->n_nodes,
      .n_inputs = model->inputs.count,
      .inputs = {.funcs.encode = encode_tensors, .arg = &inputs},
      .n_outputs = model->outputs.count,
      .outputs = {.funcs.encode = encode_tensors, .arg = &outputs},
      .n_activations = model->activations.count,
      .activations = {.funcs.encode = encode_tensors, .arg = &activations},
      .n_params = model->weights.count,
      .params = {.funcs.encode = encode_tensors, .arg = &weights},
      .runtime_desc = text(model->runtime),
      .n_install_time = model->install_ms,
      .n_init_time = model->init_ms,
  };
  at_send(target, &response);
}

/* The number of models when there is none of this name. */
static uint32_t find_model(const at_config *config, const char *name) {
  uint32_t i = 0;
  while (i < config->n_models && strcmp(config->models[i]->name, name) != 0) ++i;
  return i;
}

static void answer_network_info(at_target *target, const at_Request *request) {
  const at_config *config = target->config;
  const uint32_t model = request->name[0] != '\0' ? find_model(config, request->name) : request->param;
  if (model >= config->n_models) {
    refuse(target);
  } else {
    describe(target, config->models[model]);
  }
}

static void answer_network_run(at_target *target, const at_Request *request) {
  const uint32_t model = find_model(target->config, request->name);
  if (model >= target->config->n_models) {
    refuse(target);
  } else {
    at_network_run(target, model, request);
  }
}

/* ----------------------------------------------------------------------------------------------------------------- commands */

/* Of a command that only some firmware has; NULL when this one has not. */
static at_service *find_service(const at_config *config, uint32_t cmd) {
  switch (cmd) {
    case AT_CMD_MEMORY_READ:
    case AT_CMD_MEMORY_WRITE:
    case AT_CMD_MEMORY_CHECKSUM:
      return config->memory;
    case AT_CMD_TEST:
      return config->self_test;
    default:
      return NULL;
  }
}

static void answer(at_target *target, const at_Request *request) {
  at_service *service = find_service(target->config, request->cmd);
  if (request->cmd == AT_CMD_SYNC) {
    answer_sync(target);
  } else if (request->cmd == AT_CMD_SYS_INFO) {
    answer_sys_info(target);
  } else if (request->cmd == AT_CMD_DISCONNECT && target->config->generation == AT_NEWEST) {
    at_link_resize(target, AT_SMALLEST_PAYLOAD);
  } else if (request->cmd == AT_CMD_NETWORK_INFO) {
    answer_network_info(target, request);
  } else if (request->cmd == AT_CMD_NETWORK_RUN) {
    answer_network_run(target, request);
  } else if (service != NULL) {
    service(target, request);
  } else {
    refuse(target);
  }
}

void at_serve(at_target *target) {
  at_Request request;
  target->gone = false;
  welcome(target);
  while (at_await_request(target, &request)) answer(target, &request);
}
