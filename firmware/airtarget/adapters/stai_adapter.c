/* SPDX-License-Identifier: BSD-3-Clause */
/* A network with the st-ai API as a model. */
#include "stai_adapter.h"

#include <string.h>

#define MOST AT_STAI_MOST_TENSORS

/* The API counts dimensions with a sign. */
static const uint32_t *dims_of(const stai_tensor *tensor) {
  return (const uint32_t *)tensor->shape.data;
}

static at_tensor describe(const stai_tensor *from, uint32_t shape, void *data) {
  const bool is_quantized = from->scale.size > 0 && from->zeropoint.size > 0;
  return (at_tensor){
      .name = from->name,
      .format = (uint32_t)from->format,
      .shape = AT_SHAPE_ST_AI | shape,
      .n_dims = from->shape.size,
      .dims = dims_of(from),
      .scale = is_quantized ? from->scale.data[0] : 0.0F,
      .zero_point = is_quantized ? from->zeropoint.data[0] : 0,
      .flags = (from->flags & STAI_FLAG_PREALLOCATED) != 0 ? AT_IN_POOL : 0u,
      .data = data,
  };
}

static uint32_t shape_flags(const stai_tensor *tensor) {
  return ((tensor->flags & STAI_FLAG_CHANNEL_FIRST) != 0 ? AT_SHAPE_CHANNEL_FIRST : 0u) |
         ((tensor->flags & STAI_FLAG_CHANNEL_LAST) != 0 ? AT_SHAPE_CHANNEL_LAST : 0u) |
         ((tensor->flags & STAI_FLAG_HAS_BATCH) != 0 ? AT_SHAPE_HAS_BATCH : 0u);
}

/* Inputs or outputs, which have to have addresses. */
static bool describe_io(at_stai *self, stai_return_code (*get)(stai_network *, stai_ptr *, stai_size *),
                        const stai_tensor *from, uint32_t count, at_tensor *to, at_tensors *told) {
  stai_ptr addresses[MOST] = {NULL};
  stai_size n = MOST;
  if (count > MOST || get(self->context, addresses, &n) != STAI_SUCCESS || n != count) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (addresses[i] == NULL) return false;
    to[i] = describe(&from[i], shape_flags(&from[i]), addresses[i]);
  }
  *told = (at_tensors){count, to};
  return true;
}

static bool describe_pools(const stai_tensor *from, uint32_t count, at_tensor *to, at_tensors *told) {
  if (count > MOST) return false;
  for (uint32_t i = 0; i < count; ++i) to[i] = describe(&from[i], 0, NULL);
  *told = (at_tensors){count, to};
  return true;
}

static void forget_states(const at_stai *self) {
  stai_ptr addresses[MOST] = {NULL};
  stai_size n = MOST;
  if (self->info.n_states == 0 || self->info.n_states > MOST) return;
  if (self->api->get_states(self->context, addresses, &n) != STAI_SUCCESS) return;
  for (uint32_t i = 0; i < self->info.n_states; ++i) {
    if (addresses[i] != NULL) memset(addresses[i], 0, self->info.states[i].size_bytes);
  }
}

/* ---------------------------------------------------------------------------------------------------------------------- run */

static void tell_node(at_stai *self, const stai_event_node_start_stop *event) {
  const stai_network_details *details = self->api->details;
  at_tensor outputs[MOST];
  at_node node = {.id = (uint32_t)event->node_id, .outputs = outputs};
  if (details != NULL && self->node < details->n_nodes) {
    const stai_node_details *known = &details->nodes[self->node];
    node.type = (uint32_t)known->type;
    for (uint32_t i = 0; i < known->output_tensors.size && i < event->buffers.size && i < MOST; ++i) {
      const stai_tensor *tensor = &details->tensors[known->output_tensors.data[i]];
      outputs[node.n_outputs++] = describe(tensor, shape_flags(tensor), event->buffers.data[i]);
    }
  }
  self->node += 1;
  at_node_end(self->run, &node);
}

static void on_event(void *cookie, stai_event_type event, const void *payload) {
  at_stai *self = cookie;
  if (event == STAI_EVENT_NODE_START) at_node_begin(self->run);
  if (event == STAI_EVENT_NODE_STOP) tell_node(self, payload);
}

static bool run_stai(void *user, at_run *run) {
  at_stai *self = user;
  self->run = run;
  self->node = 0;
  if (run->is_first) forget_states(self);
  if (self->api->set_callback(self->context, run->observed ? on_event : NULL, self) != STAI_SUCCESS) return false;
  return self->api->run(self->context, STAI_MODE_SYNC) == STAI_SUCCESS;
}

static uint32_t version(stai_version v) {
  return AT_VERSION(v.major, v.minor, v.micro);
}

bool at_stai_init(at_stai *self, const at_stai_api *api, stai_network *context, const char *name) {
  memset(self, 0, sizeof *self);
  self->api = api;
  self->context = context;
  if (api->get_info(context, &self->info) != STAI_SUCCESS) return false;
  const stai_network_info *info = &self->info;
  self->model = (at_model){
      .name = name != NULL ? name : info->c_model_name,
      .signature = info->model_signature,
      .compile_datetime = info->c_compile_datetime,
      .runtime = AT_COMPILER_TEXT,
      .rtid = AT_RTID(AT_RUNTIME_ST_AI, AT_API_ST_AI),
      .runtime_version = version(info->runtime_version),
      .tool_version = version(info->tool_version),
      .macc = info->n_macc,
      .n_nodes = info->n_nodes,
      .run = run_stai,
      .user = self,
  };
  at_model *model = &self->model;
  return model->name != NULL &&
         describe_io(self, api->get_inputs, info->inputs, info->n_inputs, self->inputs, &model->inputs) &&
         describe_io(self, api->get_outputs, info->outputs, info->n_outputs, self->outputs, &model->outputs) &&
         describe_pools(info->activations, info->n_activations, self->activations, &model->activations) &&
         describe_pools(info->weights, info->n_weights, self->weights, &model->weights);
}
