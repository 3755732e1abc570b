/* SPDX-License-Identifier: BSD-3-Clause */
/* The legacy ABI, ai_<name>_*, over a graph. Misuse is answered as ST's runtime answers it. */
#include <string.h>

#include "legacy_tables.h"
#include "model_library.h"
#include "observer_link.h"

/* Versions of the tool and runtime that such a library reports. */
#ifndef MODEL_RUNTIME_VERSION
#  define MODEL_RUNTIME_VERSION \
    { 10, 2, 0, 0 }
#endif
#ifndef MODEL_TOOL_VERSION
#  define MODEL_TOOL_VERSION \
    { 2, 2, 0, 0 }
#endif

/* Bits of a format word that have to agree between client and network. */
#define FORMAT_COMPARED 0x01FFFFFFu

MODEL_EXPORT ai_create_fn AI_SYMBOL(create);
MODEL_EXPORT ai_get_error_fn AI_SYMBOL(get_error);
MODEL_EXPORT ai_get_report_fn AI_SYMBOL(get_report);
MODEL_EXPORT ai_data_params_get_fn AI_SYMBOL(data_params_get);
MODEL_EXPORT ai_init_fn AI_SYMBOL(init);
MODEL_EXPORT ai_run_fn AI_SYMBOL(run);
MODEL_EXPORT ai_forward_fn AI_SYMBOL(forward);
MODEL_EXPORT ai_destroy_fn AI_SYMBOL(destroy);
MODEL_EXPORT ai_data_buffer_get_fn AI_SYMBOL(data_activations_buffer_get);
MODEL_EXPORT ai_data_buffer_get_fn AI_SYMBOL(data_weights_buffer_get);
MODEL_EXPORT ai_io_get_fn AI_SYMBOL(inputs_get);
MODEL_EXPORT ai_io_get_fn AI_SYMBOL(outputs_get);

typedef struct network {
  observer_link link; /* first: libai_observer finds it through the handle */
  ai_error error;     /* the first since it was last asked for */
  model_memory memory;
} network;

static const model_graph *const graph = &MODEL_GRAPH;
static legacy_tables tables;
static network instance;

static MODEL_AT_LOAD void build_tables(void) {
  legacy_build_tables(&tables, graph);
}

static bool fail(network *n, uint32_t type, uint32_t code) {
  if (n->error.type == AI_ERROR_NONE) n->error = (ai_error){.type = type & 0xFFu, .code = code & 0xFFFFFFu};
  return false;
}

/* ----------------------------------------------------------------------------------------------------------------- set-up */

ai_error AI_SYMBOL(create)(ai_handle *out_network, const ai_buffer *config) {
  (void)config;
  if (out_network == NULL) return (ai_error){.type = AI_ERROR_CREATE_FAILED, .code = AI_ERROR_CODE_INVALID_PTR};
  *out_network = &instance;
  return (ai_error){.type = AI_ERROR_NONE, .code = AI_ERROR_CODE_NONE};
}

ai_error AI_SYMBOL(get_error)(ai_handle handle) {
  network *n = handle;
  const ai_error error = n->error;
  n->error = (ai_error){.type = AI_ERROR_NONE, .code = AI_ERROR_CODE_NONE};
  return error;
}

ai_handle AI_SYMBOL(destroy)(ai_handle handle) {
  (void)handle; /* ST's runtime keeps the one instance usable */
  return NULL;
}

static void fill_params(ai_params_map *out) {
  out->map_signature = AI_PARAMS_MAP_SIGNATURE;
  out->map_weights = (ai_buffer_array){0, (uint16_t)graph->n_weights, tables.weights};
  out->map_activations = (ai_buffer_array){0, (uint16_t)(graph->n_activations + graph->n_states), tables.activations};
}

bool AI_SYMBOL(data_params_get)(ai_network_params *out_params) {
  if (out_params == NULL) return false;
  fill_params(&out_params->current);
  return true;
}

bool AI_SYMBOL(get_report)(ai_handle handle, ai_network_report *out_report) {
  const ai_platform_version runtime = MODEL_RUNTIME_VERSION, tool = MODEL_TOOL_VERSION;
  const ai_platform_version tool_api = {1, 5, 0, 0}, api = {1, 2, 0, 0};
  if (handle == NULL || out_report == NULL) return false;
  memset(out_report, 0, sizeof *out_report);
  out_report->model_name = graph->name;
  out_report->model_signature = graph->hash;
  out_report->model_datetime = graph->model_datetime;
  out_report->compile_datetime = graph->compile_datetime;
  out_report->runtime_revision = "";
  out_report->runtime_version = runtime;
  out_report->tool_revision = "";
  out_report->tool_version = tool;
  out_report->tool_api_version = tool_api;
  out_report->api_version = api;
  out_report->interface_api_version = tool_api;
  out_report->n_macc = graph->macc;
  out_report->n_inputs = (uint16_t)graph->n_inputs;
  out_report->n_outputs = (uint16_t)graph->n_outputs;
  out_report->inputs = tables.inputs;
  out_report->outputs = tables.outputs;
  fill_params(&out_report->params.current);
  out_report->n_nodes = graph->n_nodes;
  return true;
}

ai_buffer AI_SYMBOL(data_activations_buffer_get)(ai_handle address) {
  ai_buffer buffer = tables.activations[0];
  buffer.data = address;
  return buffer;
}

ai_buffer AI_SYMBOL(data_weights_buffer_get)(ai_handle address) {
  ai_buffer buffer = tables.weights[0];
  buffer.data = address;
  return buffer;
}

ai_buffer *AI_SYMBOL(inputs_get)(ai_handle handle, uint16_t *out_count) {
  (void)handle;
  if (out_count != NULL) *out_count = (uint16_t)graph->n_inputs;
  return tables.inputs;
}

ai_buffer *AI_SYMBOL(outputs_get)(ai_handle handle, uint16_t *out_count) {
  (void)handle;
  if (out_count != NULL) *out_count = (uint16_t)graph->n_outputs;
  return tables.outputs;
}

/* ------------------------------------------------------------------------------------------------------------------- init */

static bool is_complete(const ai_buffer_array *table, uint32_t count) {
  if (table->size != count || (count > 0 && table->buffer == NULL)) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (table->buffer[i].data == NULL && table->buffer[i].size > 0) return false;
  }
  return true;
}

/* Gives inputs or outputs the addresses they have inside the activations. */
static void place_io(network *n, model_place place, ai_buffer *buffers, uint8_t **addresses, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    addresses[i] = graph->io_in_activations ? n->memory.activations[0] + model_find_io(graph, place, i)->offset : NULL;
    buffers[i].data = addresses[i];
  }
}

bool AI_SYMBOL(init)(ai_handle handle, const ai_network_params *params) {
  network *n = handle;
  if (n == NULL) return false;
  if (params == NULL || params->current.map_signature != AI_PARAMS_MAP_SIGNATURE) {
    return fail(n, AI_ERROR_INIT_FAILED, AI_ERROR_CODE_NETWORK_PARAMS);
  }
  const ai_buffer_array *weights = &params->current.map_weights, *activations = &params->current.map_activations;
  if (!is_complete(weights, graph->n_weights)) return fail(n, AI_ERROR_INIT_FAILED, AI_ERROR_CODE_NETWORK_WEIGHTS);
  if (!is_complete(activations, graph->n_activations + graph->n_states)) {
    return fail(n, AI_ERROR_INIT_FAILED, AI_ERROR_CODE_NETWORK_ACTIVATIONS);
  }
  for (uint32_t i = 0; i < graph->n_weights; ++i) n->memory.weights[i] = weights->buffer[i].data;
  for (uint32_t i = 0; i < graph->n_activations; ++i) n->memory.activations[i] = activations->buffer[i].data;
  for (uint32_t i = 0; i < graph->n_states; ++i) {
    n->memory.states[i] = activations->buffer[graph->n_activations + i].data;
    memset(n->memory.states[i], 0, graph->states[i].size_bytes);
  }
  place_io(n, MODEL_INPUT, tables.inputs, n->memory.inputs, graph->n_inputs);
  place_io(n, MODEL_OUTPUT, tables.outputs, n->memory.outputs, graph->n_outputs);
  n->link.initialised = true;
  return true;
}

/* -------------------------------------------------------------------------------------------------------------------- run */

/* The batch may differ, every other dimension has to agree. `size` is not looked at. */
static bool same_shape(const ai_buffer_shape *given, const ai_buffer_shape *own) {
  return given->data != NULL && given->type == own->type && given->size == own->size &&
         memcmp(given->data + 1, own->data + 1, (own->size - 1) * sizeof(uint32_t)) == 0;
}

static bool check_buffers(network *n, const ai_buffer *given, const ai_buffer *own, uint32_t count, uint32_t type) {
  for (uint32_t i = 0; i < count; ++i) {
    if (given[i].data == NULL) return fail(n, type, AI_ERROR_CODE_INVALID_PTR);
    if ((((uint32_t)given[i].format ^ (uint32_t)own[i].format) & FORMAT_COMPARED) != 0) {
      return fail(n, type, AI_ERROR_CODE_INVALID_FORMAT);
    }
    if (!same_shape(&given[i].shape, &own[i].shape)) return fail(n, type, AI_ERROR_CODE_INVALID_SIZE);
  }
  return true;
}

static bool check_run(network *n, const ai_buffer *inputs, const ai_buffer *outputs) {
  if (!n->link.initialised) return fail(n, AI_ERROR_INVALID_STATE, AI_ERROR_CODE_MISSED_INIT);
  if (inputs == NULL) return fail(n, AI_ERROR_INVALID_INPUT, AI_ERROR_CODE_INVALID_PTR);
  if (!check_buffers(n, inputs, tables.inputs, graph->n_inputs, AI_ERROR_INVALID_INPUT)) return false;
  if (outputs == NULL) {
    return graph->io_in_activations || fail(n, AI_ERROR_INVALID_OUTPUT, AI_ERROR_CODE_INVALID_PTR);
  }
  return check_buffers(n, outputs, tables.outputs, graph->n_outputs, AI_ERROR_INVALID_OUTPUT);
}

static void notify(network *n, const model_memory *memory, uint32_t node, uint32_t event) {
  const uint32_t first = node == 0 ? AI_OBSERVER_FIRST : 0u;
  const uint32_t last = node == graph->n_nodes - 1 ? AI_OBSERVER_LAST : 0u;
  legacy_bind_node(&tables, graph, memory, node);
  n->link.hook(n->link.hook_cookie, event | first | last, &tables.nodes[node].node);
}

static void on_node_begin(const model_observer *observer, const model_memory *memory, uint32_t node) {
  notify(observer->cookie, memory, node, AI_OBSERVER_PRE);
}

static void on_node_end(const model_observer *observer, const model_memory *memory, uint32_t node) {
  notify(observer->cookie, memory, node, AI_OBSERVER_POST);
}

/* Addresses of sample `index`; samples lie one behind the other. */
static void bind_sample(model_memory *memory, const ai_buffer *inputs, const ai_buffer *outputs, uint32_t index) {
  for (uint32_t i = 0; i < graph->n_inputs; ++i) {
    memory->inputs[i] = (uint8_t *)inputs[i].data + index * model_find_io(graph, MODEL_INPUT, i)->size_bytes;
  }
  for (uint32_t i = 0; outputs != NULL && i < graph->n_outputs; ++i) {
    memory->outputs[i] = (uint8_t *)outputs[i].data + index * model_find_io(graph, MODEL_OUTPUT, i)->size_bytes;
  }
}

int32_t AI_SYMBOL(run)(ai_handle handle, const ai_buffer *inputs, ai_buffer *outputs) {
  network *n = handle;
  if (n == NULL || !check_run(n, inputs, outputs)) return 0;
  const model_observer observer = {on_node_begin, on_node_end, n};
#ifdef MODEL_EMULATED
  const bool observed = false; /* a legacy facade over the st-ai runtime does not see the nodes */
#else
  const bool observed = n->link.hook != NULL && n->link.armed;
#endif
  const uint32_t batch = inputs[0].shape.data[0];
  model_memory memory = n->memory;
  for (uint32_t i = 0; i < batch; ++i) {
    bind_sample(&memory, inputs, outputs, i);
    if (model_run(graph, &memory, observed ? &observer : NULL) != 0) {
      fail(n, AI_ERROR_INVALID_VALUE, AI_ERROR_CODE_LAYER);
      return 0;
    }
  }
  return (int32_t)batch;
}

int32_t AI_SYMBOL(forward)(ai_handle handle, const ai_buffer *inputs) {
  return AI_SYMBOL(run)(handle, inputs, NULL);
}

/* --------------------------------------------------------------------------------------------------- low-level observer */

#ifdef MODEL_LOW_LEVEL_OBSERVER
MODEL_EXPORT ai_observer_register_fn ai_platform_observer_register;
MODEL_EXPORT ai_observer_unregister_fn ai_platform_observer_unregister;

bool ai_platform_observer_register(ai_handle handle, ai_observer_cb *callback, void *cookie, uint32_t flags) {
  network *n = handle;
  (void)flags;
  if (n == NULL || callback == NULL) return false;
  n->link.armed = n->link.initialised;
  if (n->link.hook != NULL) return false;
  n->link.hook = callback;
  n->link.hook_cookie = cookie;
  return true;
}

bool ai_platform_observer_unregister(ai_handle handle, ai_observer_cb *callback, void *cookie) {
  network *n = handle;
  if (n == NULL || n->link.hook == NULL || n->link.hook != callback || n->link.hook_cookie != cookie) return false;
  n->link.hook = NULL;
  return true;
}
#endif
