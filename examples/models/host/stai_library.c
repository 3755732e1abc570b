/* SPDX-License-Identifier: BSD-3-Clause */
/* The st-ai ABI, stai_<name>_*, over a graph. Misuse is answered as ST's runtime answers it; errors stay until init. */
#include <string.h>

#include "model_library.h"
#include "stai.h"
#include "stai_tables.h"

/* Versions of the tool and runtime that such a library reports. */
#ifndef MODEL_RUNTIME_VERSION
#  define MODEL_RUNTIME_VERSION \
    { 12, 0, 0, 0 }
#endif
#ifndef MODEL_TOOL_VERSION
#  define MODEL_TOOL_VERSION \
    { 4, 0, 0, 0 }
#endif

#define CONTEXT_MAGIC 0x57A1C0DEu
#define MAX_NODE_TENSORS 8

MODEL_EXPORT stai_get_context_size_fn STAI_SYMBOL(get_context_size);
MODEL_EXPORT stai_init_fn STAI_SYMBOL(init);
MODEL_EXPORT stai_deinit_fn STAI_SYMBOL(deinit);
MODEL_EXPORT stai_get_error_fn STAI_SYMBOL(get_error);
MODEL_EXPORT stai_get_info_fn STAI_SYMBOL(get_info);
MODEL_EXPORT stai_get_buffers_fn STAI_SYMBOL(get_inputs);
MODEL_EXPORT stai_get_buffers_fn STAI_SYMBOL(get_outputs);
MODEL_EXPORT stai_get_buffers_fn STAI_SYMBOL(get_activations);
MODEL_EXPORT stai_get_buffers_fn STAI_SYMBOL(get_weights);
MODEL_EXPORT stai_get_buffers_fn STAI_SYMBOL(get_states);
MODEL_EXPORT stai_set_buffers_fn STAI_SYMBOL(set_inputs);
MODEL_EXPORT stai_set_buffers_fn STAI_SYMBOL(set_outputs);
MODEL_EXPORT stai_set_buffers_fn STAI_SYMBOL(set_activations);
MODEL_EXPORT stai_set_buffers_fn STAI_SYMBOL(set_weights);
MODEL_EXPORT stai_set_buffers_fn STAI_SYMBOL(set_states);
MODEL_EXPORT stai_set_callback_fn STAI_SYMBOL(set_callback);
MODEL_EXPORT stai_run_fn STAI_SYMBOL(run);

/* What the client's context memory holds. */
typedef struct context {
  uint32_t magic;
  stai_return_code error; /* the first since init */
  stai_event_cb *callback;
  void *cookie;
  model_memory memory;
} context;

static const model_graph *const graph = &MODEL_GRAPH;
static stai_tables tables;
static stai_network_info info;
#ifdef MODEL_PREALLOCATED /* bytes of activations that the library brings along */
static uint64_t preallocated[(MODEL_PREALLOCATED + 7) / 8];
#endif

#ifndef MODEL_WITHOUT_DETAILS
extern MODEL_EXPORT stai_network_details DETAILS_SYMBOL;
stai_network_details DETAILS_SYMBOL;
#endif

static MODEL_AT_LOAD void build_tables(void) {
  const stai_version runtime = MODEL_RUNTIME_VERSION, tool = MODEL_TOOL_VERSION;
  stai_build_tables(&tables, graph);
  stai_build_info(&info, &tables, graph);
  info.runtime_version = runtime;
  info.tool_version = tool;
#ifdef MODEL_PREALLOCATED
  info.flags |= STAI_FLAG_ACTIVATIONS;
#endif
#ifndef MODEL_WITHOUT_DETAILS
  DETAILS_SYMBOL.tensors = tables.tensors;
  DETAILS_SYMBOL.nodes = tables.nodes;
  DETAILS_SYMBOL.n_nodes = graph->n_nodes;
#endif
}

static stai_return_code finish(context *c, stai_return_code code) {
  if (c->error == STAI_SUCCESS) c->error = code;
  return c->error;
}

/* The context behind the client's memory, NULL before init. */
static context *enter(stai_network *memory) {
  context *c = (context *)(void *)memory;
  if (c == NULL || (uintptr_t)c % 8 != 0 || c->magic != CONTEXT_MAGIC) return NULL;
  return c;
}

/* ----------------------------------------------------------------------------------------------------------------- set-up */

static void place_io(model_memory *memory) {
  if (!graph->io_in_activations || memory->activations[0] == NULL) return;
  for (uint32_t i = 0; i < graph->n_inputs; ++i) {
    memory->inputs[i] = memory->activations[0] + model_find_io(graph, MODEL_INPUT, i)->offset;
  }
  for (uint32_t i = 0; i < graph->n_outputs; ++i) {
    memory->outputs[i] = memory->activations[0] + model_find_io(graph, MODEL_OUTPUT, i)->offset;
  }
}

/* Forgets all addresses but those that the library brings along. */
static void reset_memory(model_memory *memory) {
  memset(memory, 0, sizeof *memory);
  for (uint32_t i = 0; i < graph->n_weights; ++i) memory->weights[i] = (uint8_t *)(uintptr_t)graph->weights[i].data;
#ifdef MODEL_PREALLOCATED
  memory->activations[0] = (uint8_t *)preallocated;
  place_io(memory);
#endif
}

stai_size STAI_SYMBOL(get_context_size)(void) {
  return (stai_size)sizeof(context);
}

stai_return_code STAI_SYMBOL(init)(stai_network *memory) {
  context *c = (context *)(void *)memory;
  if (c == NULL) return STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
  if ((uintptr_t)c % 8 != 0) return STAI_ERROR_NETWORK_INVALID_CONTEXT_ALIGNMENT;
  memset(c, 0, sizeof *c);
  c->magic = CONTEXT_MAGIC;
  reset_memory(&c->memory);
  return STAI_SUCCESS;
}

stai_return_code STAI_SYMBOL(deinit)(stai_network *memory) {
  context *c = enter(memory);
  if (c == NULL) return STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
  reset_memory(&c->memory);
  return finish(c, STAI_SUCCESS);
}

stai_return_code STAI_SYMBOL(get_error)(stai_network *memory) {
  const context *c = enter(memory);
  return c != NULL ? c->error : STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
}

stai_return_code STAI_SYMBOL(get_info)(stai_network *memory, stai_network_info *out_info) {
  context *c = enter(memory);
  if (c == NULL) return STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
  if (out_info == NULL) return finish(c, STAI_ERROR_NETWORK_INVALID_INFO);
  *out_info = info;
  return finish(c, STAI_SUCCESS);
}

stai_return_code STAI_SYMBOL(set_callback)(stai_network *memory, stai_event_cb *callback, void *cookie) {
  context *c = enter(memory);
  if (c == NULL) return STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
  c->callback = callback;
  c->cookie = cookie;
  return finish(c, STAI_SUCCESS);
}

/* -------------------------------------------------------------------------------------------------------------- addresses */

typedef enum kind { ACTIVATIONS, INPUTS, OUTPUTS, WEIGHTS, STATES, N_KINDS } kind;

/* The addresses of one kind; `invalid` is the code of a NULL among them, `invalid` + 1 that of a wrong count. */
typedef struct slots {
  uint8_t **addresses;
  const stai_tensor *tensors;
  uint32_t count;
  stai_return_code invalid;
} slots;

static slots find_slots(context *c, kind k) {
  switch (k) {
    case ACTIVATIONS:
      return (slots){c->memory.activations, info.activations, info.n_activations,
                     STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_PTR};
    case INPUTS:
      return (slots){c->memory.inputs, info.inputs, info.n_inputs, STAI_ERROR_NETWORK_INVALID_IN_PTR};
    case OUTPUTS:
      return (slots){c->memory.outputs, info.outputs, info.n_outputs, STAI_ERROR_NETWORK_INVALID_OUT_PTR};
    case WEIGHTS:
      return (slots){c->memory.weights, info.weights, info.n_weights, STAI_ERROR_NETWORK_INVALID_WEIGHTS_PTR};
    default:
      return (slots){c->memory.states, info.states, info.n_states, STAI_ERROR_NETWORK_INVALID_STATES_PTR};
  }
}

static stai_return_code get_buffers(stai_network *memory, kind k, stai_ptr *out_buffers, stai_size *out_count) {
  context *c = enter(memory);
  if (c == NULL) return STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
  if (out_count == NULL) return finish(c, STAI_ERROR_NETWORK_INVALID_API_ARGUMENTS);
  const slots s = find_slots(c, k);
  *out_count = s.count;
  for (uint32_t i = 0; out_buffers != NULL && i < s.count; ++i) out_buffers[i] = s.addresses[i];
  return finish(c, STAI_SUCCESS);
}

static stai_return_code check_buffers(const slots *s, const stai_ptr *buffers, stai_size count) {
  if (buffers == NULL) return STAI_ERROR_NETWORK_INVALID_API_ARGUMENTS;
  if (count != s->count) return s->invalid + 1;
  for (uint32_t i = 0; i < count; ++i) {
    if (buffers[i] == NULL && s->tensors[i].size_bytes > 0) return s->invalid;
  }
  for (uint32_t i = 0; i < count; ++i) {
    if ((uintptr_t)buffers[i] % MODEL_ALIGNMENT != 0) return STAI_ERROR_INVALID_BUFFER_ALIGNMENT;
  }
  return STAI_SUCCESS;
}

static stai_return_code set_buffers(stai_network *memory, kind k, const stai_ptr *buffers, stai_size count) {
  context *c = enter(memory);
  if (c == NULL) return STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
  const slots s = find_slots(c, k);
  const stai_return_code code = check_buffers(&s, buffers, count);
  if (code != STAI_SUCCESS) return finish(c, code);
  for (uint32_t i = 0; i < count; ++i) s.addresses[i] = buffers[i];
  if (k == ACTIVATIONS) place_io(&c->memory);
  return finish(c, STAI_SUCCESS);
}

stai_return_code STAI_SYMBOL(get_inputs)(stai_network *memory, stai_ptr *out_buffers, stai_size *out_count) {
  return get_buffers(memory, INPUTS, out_buffers, out_count);
}

stai_return_code STAI_SYMBOL(get_outputs)(stai_network *memory, stai_ptr *out_buffers, stai_size *out_count) {
  return get_buffers(memory, OUTPUTS, out_buffers, out_count);
}

stai_return_code STAI_SYMBOL(get_activations)(stai_network *memory, stai_ptr *out_buffers, stai_size *out_count) {
  return get_buffers(memory, ACTIVATIONS, out_buffers, out_count);
}

stai_return_code STAI_SYMBOL(get_weights)(stai_network *memory, stai_ptr *out_buffers, stai_size *out_count) {
  return get_buffers(memory, WEIGHTS, out_buffers, out_count);
}

stai_return_code STAI_SYMBOL(get_states)(stai_network *memory, stai_ptr *out_buffers, stai_size *out_count) {
  return get_buffers(memory, STATES, out_buffers, out_count);
}

stai_return_code STAI_SYMBOL(set_inputs)(stai_network *memory, const stai_ptr *buffers, stai_size count) {
  return set_buffers(memory, INPUTS, buffers, count);
}

stai_return_code STAI_SYMBOL(set_outputs)(stai_network *memory, const stai_ptr *buffers, stai_size count) {
  return set_buffers(memory, OUTPUTS, buffers, count);
}

stai_return_code STAI_SYMBOL(set_activations)(stai_network *memory, const stai_ptr *buffers, stai_size count) {
  return set_buffers(memory, ACTIVATIONS, buffers, count);
}

stai_return_code STAI_SYMBOL(set_weights)(stai_network *memory, const stai_ptr *buffers, stai_size count) {
  return set_buffers(memory, WEIGHTS, buffers, count);
}

stai_return_code STAI_SYMBOL(set_states)(stai_network *memory, const stai_ptr *buffers, stai_size count) {
  return set_buffers(memory, STATES, buffers, count);
}

/* -------------------------------------------------------------------------------------------------------------------- run */

static void notify(const context *c, const model_memory *memory, uint32_t node, stai_event_type event) {
  const model_node *n = &graph->nodes[node];
  const bool start = event == STAI_EVENT_NODE_START;
  const int32_t *indices = start ? n->inputs : n->outputs;
  const uint32_t count = start ? n->n_inputs : n->n_outputs;
  stai_ptr buffers[MAX_NODE_TENSORS];
  for (uint32_t i = 0; i < count; ++i) buffers[i] = model_tensor_data(graph, memory, indices[i]);
  const stai_event_node_start_stop payload = {n->layer_id, {count, buffers}};
  c->callback(c->cookie, event, &payload);
}

static void on_node_begin(const model_observer *observer, const model_memory *memory, uint32_t node) {
  notify(observer->cookie, memory, node, STAI_EVENT_NODE_START);
}

static void on_node_end(const model_observer *observer, const model_memory *memory, uint32_t node) {
  notify(observer->cookie, memory, node, STAI_EVENT_NODE_STOP);
}

static stai_return_code check_memory(context *c) {
  for (int k = 0; k < N_KINDS; ++k) {
    const slots s = find_slots(c, (kind)k);
    for (uint32_t i = 0; i < s.count; ++i) {
      if (s.addresses[i] == NULL && s.tensors[i].size_bytes > 0) return s.invalid;
    }
  }
  return STAI_SUCCESS;
}

stai_return_code STAI_SYMBOL(run)(stai_network *memory, stai_run_mode mode) {
  context *c = enter(memory);
  (void)mode; /* every run is synchronous */
  if (c == NULL) return STAI_ERROR_NETWORK_INVALID_CONTEXT_HANDLE;
  if (c->error != STAI_SUCCESS) return c->error;
  const stai_return_code code = check_memory(c);
  if (code != STAI_SUCCESS) return finish(c, code);
  const model_observer observer = {on_node_begin, on_node_end, c};
  if (model_run(graph, &c->memory, c->callback != NULL ? &observer : NULL) != 0) {
    return finish(c, STAI_ERROR_NETWORK_INVALID_RUN);
  }
  return STAI_SUCCESS;
}
