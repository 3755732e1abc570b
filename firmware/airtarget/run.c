/* SPDX-License-Identifier: BSD-3-Clause */
/* One inference asked for by the host: inputs in, nodes as they are executed, outputs back. */
#include "run.h"

#include <string.h>

#define PER_LAYER 2u
#define WITH_DATA 4u
#define PERF 8u
#define DEBUG 256u
#define CONST_VALUE 512u
#define DIRECT_WRITE 1024u
#define FIRST_OF_BATCH 1u
#define USER_SHIFT 8u

#define OPERATOR_INTERNAL 1u
#define OPERATOR_LAST 2u
#define OPERATOR_WITHOUT_TENSOR 4u
#define OPERATOR_SHIFT 24u
#define OPERATOR_KIND 0x7FFFu
#define NOT_MEASURED (-1)

enum { LARGEST_ELEMENT = 8 };

void at_log(at_run *run, uint32_t level, const char *text) {
  at_send_log(run->target, level, AT_WAITING, text);
}

static void debug(at_run *run, const char *text) {
  if ((run->param & DEBUG) != 0) at_log(run, 1, text);
}

/* ------------------------------------------------------------------------------------------------------------------- inputs */

static uint32_t bytes_wanted(const at_run *run, uint32_t input) {
  const at_tensor *tensor = &run->model->inputs.tensors[input];
  const bool one_element = (run->param & (CONST_VALUE | DIRECT_WRITE)) != 0;
  return one_element ? at_element_bytes(tensor) : at_tensor_bytes(tensor);
}

static void fill_with_first(uint8_t *bytes, uint32_t size, uint32_t element) {
  for (uint32_t at = element; at < size; ++at) bytes[at] = bytes[at - element];
}

/* Returns how many bytes came. One written by another path is left as it is. */
static uint32_t receive_input(at_run *run, uint32_t input, uint32_t wanted) {
  const at_tensor *tensor = &run->model->inputs.tensors[input];
  uint8_t scratch[LARGEST_ELEMENT];
  const bool is_written = (run->param & DIRECT_WRITE) != 0;
  const uint32_t room = is_written && wanted > sizeof scratch ? (uint32_t)sizeof scratch : wanted;
  const uint32_t received = at_await_data(run->target, is_written ? scratch : tensor->data, room);
  if (received == wanted && !is_written && wanted > 0 && (run->param & CONST_VALUE) != 0) {
    fill_with_first(tensor->data, at_tensor_bytes(tensor), wanted);
  }
  return received;
}

static bool receive_inputs(at_run *run) {
  const uint32_t count = run->model->inputs.count;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t wanted = bytes_wanted(run, i), received = receive_input(run, i, wanted);
    if (received != wanted) {
      at_send_error(run->target, AT_E_INVALID_SIZE, received);
      return false;
    }
    debug(run, "RUN: input");
    at_send_ack(run->target, i + 1 < count ? AT_WAITING : AT_PROCESSING, wanted);
    at_await_ack(run->target);
  }
  return !run->target->failed;
}

/* -------------------------------------------------------------------------------------------------------------------- nodes */

static void send_operator(const at_run *run, const char *name, uint32_t type, uint32_t id, uint64_t cycles) {
  at_clock clock = {0, 0, 0, 0};
  uint32_t counter[2] = {(uint32_t)cycles, (uint32_t)(cycles >> 32)};
  at_Response response = {.state = AT_PROCESSING, .which_payload = at_Response_op_tag};
  at_port_clock(&clock);
  response.payload.op = (at_Operator){
      .name = (char *)(uintptr_t)at_text(name),
      .type = type,
      .id = id,
      .duration = clock.cpu_hz == 0 ? 0.0F : (float)cycles / ((float)clock.cpu_hz / 1000.0F),
      .counters_count = 2,
      .counters = counter,
      .stack_used = NOT_MEASURED,
      .heap_used = NOT_MEASURED,
  };
  at_send(run->target, &response);
}

void at_node_begin(at_run *run) {
  const uint64_t now = at_port_cycles();
  run->cycles += now - run->begin;
  run->begin = now;
}

bool at_node_end(at_run *run, const at_node *node) {
  if (!run->observed) return !run->target->failed;
  const uint64_t cycles = at_port_cycles() - run->begin;
  run->cycles += cycles;
  run->node += 1;
  const uint32_t flags = OPERATOR_INTERNAL | (node->n_outputs == 0 ? OPERATOR_WITHOUT_TENSOR : 0u) |
                         (run->node == run->model->n_nodes ? OPERATOR_LAST : 0u);
  debug(run, "RUN: node");
  send_operator(run, node->name, flags << OPERATOR_SHIFT | (node->type & OPERATOR_KIND), node->id, cycles);
  for (uint32_t i = 0; i < node->n_outputs; ++i) {
    at_send_tensor(run->target, AT_PROCESSING, &node->outputs[i],
                   AT_TENSOR_INTERNAL | (i + 1 == node->n_outputs ? AT_TENSOR_LAST : 0u),
                   (run->param & WITH_DATA) != 0 ? node->outputs[i].data : NULL);
  }
  run->begin = at_port_cycles();
  return !run->target->failed;
}

/* ------------------------------------------------------------------------------------------------------------------ outputs */

static void send_outputs(const at_run *run) {
  const uint32_t count = run->model->outputs.count;
  for (uint32_t i = 0; i < count; ++i) {
    const at_tensor *tensor = &run->model->outputs.tensors[i];
    const bool is_last = i + 1 == count;
    at_send_tensor(run->target, is_last ? AT_DONE : AT_PROCESSING, tensor,
                   AT_TENSOR_OUTPUT | (is_last ? AT_TENSOR_LAST : 0u), (run->param & PERF) != 0 ? NULL : tensor->data);
  }
}

void at_network_run(at_target *target, uint32_t model, const at_Request *request) {
  const uint32_t bit = model < 32 ? 1u << model : 0u;
  at_run run = {
      .is_first = (request->opt & FIRST_OF_BATCH) != 0 || (target->fresh & bit) != 0,
      .option = request->opt >> USER_SHIFT,
      .target = target,
      .model = target->config->models[model],
      .param = request->param,
  };
  run.observed = run.model->n_nodes > 0 && (run.param & (PER_LAYER | WITH_DATA)) != 0;
  debug(&run, "RUN: begin");
  at_send_ack(target, AT_WAITING, run.model->inputs.count == 0 ? 0 : bytes_wanted(&run, 0));
  if (!receive_inputs(&run)) return;
  target->fresh &= ~bit;
  debug(&run, "RUN: processing");
  run.begin = at_port_cycles();
  if (!run.model->run(run.model->user, &run)) {
    at_send_error(target, AT_E_GENERIC, AT_E_GENERIC);
    return;
  }
  at_node_begin(&run); /* what was behind the last node */
  debug(&run, "RUN: sending outputs");
  send_operator(&run, run.model->name, 0, 0, run.cycles);
  send_outputs(&run);
}
