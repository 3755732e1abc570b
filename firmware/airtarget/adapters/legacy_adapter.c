/* SPDX-License-Identifier: BSD-3-Clause */
/* A network with the legacy API as a model. */
#include "legacy_adapter.h"

#include <string.h>

#define MOST AT_LEGACY_MOST_TENSORS

static int32_t first_zero_point(const ai_intq_info_list *list) {
  const void *values = list->info->zeropoint;
  if (values == NULL) return 0;
  if ((list->flags & AI_INTQ_ZEROPOINT_U8) != 0) return *(const uint8_t *)values;
  if ((list->flags & AI_INTQ_ZEROPOINT_S8) != 0) return *(const int8_t *)values;
  if ((list->flags & AI_INTQ_ZEROPOINT_U16) != 0) return *(const uint16_t *)values;
  if ((list->flags & AI_INTQ_ZEROPOINT_S16) != 0) return *(const int16_t *)values;
  return 0;
}

static at_tensor describe(int32_t format, const ai_buffer_shape *shape, const ai_intq_info_list *list, void *data) {
  const bool is_quantized = list != NULL && list->size > 0 && (list->flags & AI_INTQ_SCALE_FLOAT) != 0;
  return (at_tensor){
      .format = (uint32_t)format,
      .shape = shape->type,
      .n_dims = shape->size,
      .dims = shape->data,
      .scale = is_quantized ? list->info->scale[0] : 0.0F,
      .zero_point = is_quantized ? first_zero_point(list) : 0,
      .data = data,
  };
}

/* Inputs or outputs, which have to have addresses: init gave them those in the activations. */
static bool describe_io(const ai_buffer *from, uint32_t count, at_tensor *to, at_tensors *told) {
  if (count > MOST) return false;
  for (uint32_t i = 0; i < count; ++i) {
    const ai_buffer_meta_info *meta = from[i].meta_info;
    const bool has_info = meta != NULL && (meta->flags & AI_BUFFER_META_HAS_INTQ_INFO) != 0;
    if (from[i].data == NULL) return false;
    to[i] = describe(from[i].format, &from[i].shape, has_info ? meta->intq_info : NULL, from[i].data);
    to[i].flags = AT_IN_POOL;
  }
  *told = (at_tensors){count, to};
  return true;
}

/* All memory of a kind is told as one, as deployed firmware does. */
static at_tensors describe_pool(const char *name, const ai_buffer_array *buffers, uint32_t *bytes, at_tensor *to) {
  *bytes = 0;
  for (uint32_t i = 0; i < buffers->size; ++i) *bytes += buffers->buffer[i].size;
  *to = (at_tensor){.name = name, .format = AT_UINT8, .shape = AT_SHAPE_BCWH, .n_dims = 1, .dims = bytes};
  return (at_tensors){*bytes > 0 ? 1 : 0, to};
}

/* ---------------------------------------------------------------------------------------------------------------------- run */

static void tell_node(at_legacy *self, const ai_observer_node *from) {
  at_tensor outputs[MOST];
  at_node node = {.type = from->type, .id = from->id, .outputs = outputs};
  if (from->tensors != NULL && from->tensors->size > AI_LL_OUTPUTS) {
    const ai_ll_tensor_list *list = &from->tensors->lists[AI_LL_OUTPUTS];
    for (uint32_t i = 0; i < list->size && node.n_outputs < MOST; ++i) {
      const ai_ll_tensor *tensor = list->tensors[i];
      if (tensor == NULL) continue;
      outputs[node.n_outputs++] = describe(tensor->array->format, &tensor->shape, tensor->klass, tensor->array->data);
    }
  }
  at_node_end(self->run, &node);
}

static uint32_t on_node(void *cookie, uint32_t flags, const ai_observer_node *node) {
  at_legacy *self = cookie;
  if ((flags & AI_OBSERVER_PRE) != 0) at_node_begin(self->run);
  if ((flags & AI_OBSERVER_POST) != 0) tell_node(self, node);
  return 0;
}

static bool run_legacy(void *user, at_run *run) {
  at_legacy *self = user;
  const at_legacy_api *api = self->api;
  self->run = run;
  if (run->is_first && !api->init(self->network, self->params)) return false;
  if (run->observed && !api->observer_register(self->network, on_node, self, AI_OBSERVER_PRE | AI_OBSERVER_POST))
    return false;
  const bool is_done =
      api->run(self->network, api->inputs_get(self->network, NULL), api->outputs_get(self->network, NULL)) == 1;
  if (run->observed) api->observer_unregister(self->network, on_node, self);
  return is_done;
}

static uint32_t version(ai_platform_version v) {
  return AT_VERSION(v.major, v.minor, v.micro);
}

bool at_legacy_init(at_legacy *self, const at_legacy_api *api, ai_handle network, const ai_network_params *params,
                    const char *name) {
  ai_network_report report;
  uint16_t n_inputs = 0, n_outputs = 0;
  memset(self, 0, sizeof *self);
  self->api = api;
  self->network = network;
  self->params = params;
  if (!api->get_report(network, &report)) return false;
  const ai_buffer *inputs = api->inputs_get(network, &n_inputs), *outputs = api->outputs_get(network, &n_outputs);
  at_model *model = &self->model;
  *model = (at_model){
      .name = name != NULL ? name : report.model_name,
      .signature = report.model_signature,
      .compile_datetime = report.compile_datetime,
      .runtime = AT_COMPILER_TEXT,
      .rtid = AT_RTID(AT_RUNTIME_ST_AI, AT_API_NONE),
      .runtime_version = version(report.runtime_version),
      .tool_version = version(report.tool_version),
      .macc = report.n_macc,
      .n_nodes = api->observer_register != NULL ? report.n_nodes : 0,
      .run = run_legacy,
      .user = self,
  };
  model->activations =
      describe_pool("acts", &params->current.map_activations, &self->activations_bytes, &self->activations);
  model->weights = describe_pool("params", &params->current.map_weights, &self->weights_bytes, &self->weights);
  return model->name != NULL && inputs != NULL && outputs != NULL &&
         describe_io(inputs, n_inputs, self->inputs, &model->inputs) &&
         describe_io(outputs, n_outputs, self->outputs, &model->outputs);
}
