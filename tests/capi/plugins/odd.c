// SPDX-License-Identifier: BSD-3-Clause
// A backend that behaves as badly as the plugin ABI allows without corrupting memory: the rest of the descriptor says how.
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "airunner_backend.h"

// What a header of a later release may have, and this library does not know.
typedef struct newer_tensor {
  air_backend_tensor known;
  uint64_t unknown[3];
} newer_tensor;

// How far the structs of an earlier release may have reached.
// Sizes of structs are multiples of 8, also where a pointer has 4 bytes.
enum {
  OLDER_TENSOR = offsetof(air_backend_tensor, axis) / 8 * 8,
  OLDER_MODEL = offsetof(air_backend_model, native_batch)
};

struct air_connection {
  char how[32];
  int64_t shape[2];
  float scales[4];
  uint32_t covers[2];
  air_backend_tensor inputs[2];
  newer_tensor newer[2];
  _Alignas(8) char older[2 * OLDER_TENSOR];
  air_backend_tensor outputs[2];
  air_backend_column columns[2];
  air_option properties[2];
  air_backend_node nodes[2];
  air_backend_model models[2];
  air_connection_info info;
};

static const air_host *host;

static int is(const air_connection *c, const char *how) {
  return strcmp(c->how, how) == 0;
}

static air_backend_tensor tensor_of(const air_connection *c) {
  return (air_backend_tensor){
      .struct_size = sizeof(air_backend_tensor), .dtype = AIR_DTYPE_FLOAT32, .rank = 1, .shape = c->shape, .name = "t"};
}

static void describe(air_connection *c) {
  c->shape[0] = c->shape[1] = 2;
  c->inputs[0] = c->inputs[1] = c->outputs[0] = c->outputs[1] = tensor_of(c);
  for (int i = 0; i < 4; ++i) c->scales[i] = 0.5f;
  c->columns[0] = (air_backend_column){.struct_size = sizeof c->columns[0], .name = "energy", .unit = "mJ"};
  c->columns[1] = (air_backend_column){
      .struct_size = sizeof c->columns[0], .name = "time.npu", .unit = "ms", .kind = AIR_KIND_DURATION, .per_node = 1};
  c->properties[0] = (air_option){"device", "none"};
  c->properties[1] = (air_option){"hash", "1"};
  c->nodes[0] = c->nodes[1] =
      (air_backend_node){.struct_size = sizeof c->nodes[0], .name = "node", .n_outputs = 1, .outputs = c->outputs};
  c->models[0] = (air_backend_model){.struct_size = sizeof c->models[0],
                                     .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN,
                                     .name = "odd",
                                     .n_inputs = 1,
                                     .n_outputs = 1,
                                     .inputs = c->inputs,
                                     .outputs = c->outputs,
                                     .n_nodes = 2,
                                     .nodes = c->nodes,
                                     .columns = c->columns,
                                     .n_columns = 2,
                                     .n_properties = 2,
                                     .properties = c->properties};
  c->models[1] = c->models[0];
  c->models[1].name = "other";
  c->info = (air_connection_info){.struct_size = sizeof c->info, .n_models = 1, .models = c->models};
}

static void quantize(air_connection *c, uint32_t n_scales, const float *scales) {
  air_backend_tensor *t = c->inputs;
  t->dtype = AIR_DTYPE_INT8;
  t->encoding = AIR_ENCODING_QUANTIZED;
  t->n_scales = n_scales;
  t->scales = scales;
}

static void spoil_tensors(air_connection *c) {
  air_backend_tensor *t = c->inputs;
  if (is(c, "null_shape")) t->shape = NULL;
  if (is(c, "small_tensor")) t->struct_size = 8;
  if (is(c, "huge_tensor")) t->struct_size = 1u << 20;
  if (is(c, "crooked_tensor")) t->struct_size = sizeof *t + 3;
  if (is(c, "dtype")) t->dtype = (air_dtype)99;
  if (is(c, "no_dtype")) t->dtype = AIR_DTYPE_NONE;
  if (is(c, "encoding")) t->encoding = (air_encoding)55;
  if (is(c, "rank")) t->rank = UINT32_MAX;
  if (is(c, "negative")) c->shape[0] = -2;
  if (is(c, "open_input")) c->shape[0] = -1;
  if (is(c, "overflow")) t->rank = 2, c->shape[0] = c->shape[1] = INT64_MAX;
  if (is(c, "plain_scales")) t->n_scales = 1, t->scales = c->scales;
  if (is(c, "null_scales")) quantize(c, 1, NULL);
  if (is(c, "few_scales")) quantize(c, 4, c->scales);
  if (is(c, "nan_scale")) c->scales[0] = NAN, quantize(c, 1, c->scales);
  if (is(c, "zero_scale")) c->scales[0] = 0, quantize(c, 1, c->scales);
  if (is(c, "infinite_scale")) c->scales[1] = INFINITY, quantize(c, 2, c->scales);
  if (is(c, "axis")) quantize(c, 2, c->scales), t->axis = 1;
  if (is(c, "fraction")) t->dtype = AIR_DTYPE_INT8, t->encoding = AIR_ENCODING_FIXED_POINT, t->fraction_bits = 1000;
  if (is(c, "packed_floats")) t->encoding = AIR_ENCODING_PACKED_BITS;
  if (is(c, "unknown_scales")) quantize(c, 0, NULL);
  if (is(c, "mixed_sizes")) c->models[0].n_inputs = 2, c->inputs[1].struct_size -= 8;
  if (is(c, "flags")) t->flags = UINT32_MAX;
}

static void spoil_nodes(air_connection *c) {
  air_backend_node *n = c->nodes;
  n->covers = c->covers;
  if (is(c, "node_small")) n->struct_size = 8;
  if (is(c, "node_outputs")) n->outputs = NULL;
  if (is(c, "node_many")) n->n_outputs = UINT32_MAX;
  if (is(c, "node_property")) n->n_properties = 1;
  if (is(c, "nodes_many")) c->models[0].n_nodes = UINT32_MAX, c->models[0].nodes = NULL;
  if (is(c, "computes_in")) n->computes_in = (air_dtype)77;
  if (is(c, "covers")) n->n_covers = 1, c->covers[0] = 1;
  if (is(c, "covers_null")) n->n_covers = 1, n->covers = NULL;
  if (is(c, "covers_nobody")) n->n_covers = 1, c->covers[0] = 2;
  if (is(c, "covers_itself")) n->n_covers = 1, c->covers[0] = 0;
  if (is(c, "covers_circle")) {
    c->covers[0] = 1;
    n[0].n_covers = n[1].n_covers = 1;
    n[1].covers = c->covers + 1;
  }
}

static void spoil_model(air_connection *c) {
  air_backend_model *m = c->models;
  if (is(c, "null_name")) m->name = NULL;
  if (is(c, "empty_name")) m->name = "";
  if (is(c, "double_name")) c->info.n_models = 2, c->models[1].name = m->name;
  if (is(c, "wild_name")) m->name = "o\n\x1b[31m\xff";
  if (is(c, "null_inputs")) m->inputs = NULL;
  if (is(c, "null_outputs")) m->outputs = NULL;
  if (is(c, "many_inputs")) m->n_inputs = UINT32_MAX;
  if (is(c, "null_pools")) m->n_weights_pools = 2;
  if (is(c, "null_properties")) m->properties = NULL;
  if (is(c, "null_key")) c->properties[0].key = NULL;
  if (is(c, "null_value")) c->properties[0].value = NULL;
  if (is(c, "batch")) m->native_batch = UINT32_MAX;
  if (is(c, "layer_batch")) m->layer_batch = UINT32_MAX;
  if (is(c, "small_model")) m->struct_size = 8;
  if (is(c, "caps")) m->capabilities = UINT32_MAX;
  if (is(c, "caps_states")) m->capabilities |= AIR_CAP_RESET_STATES;
  if (is(c, "caps_memory")) m->capabilities |= AIR_CAP_MEMORY_RW;
  if (is(c, "caps_tests")) m->capabilities |= AIR_CAP_SELF_TEST;
  if (is(c, "caps_given")) m->capabilities |= AIR_CAP_GIVEN;
  if (is(c, "column_name")) c->columns[0].name = NULL;
  if (is(c, "column_kind")) c->columns[0].kind = (air_kind)9;
  if (is(c, "column_twice")) c->columns[1].name = "energy";
  if (is(c, "column_known")) c->columns[0].name = "time.run";
  if (is(c, "null_columns")) m->columns = NULL;
}

static void spoil_info(air_connection *c) {
  if (is(c, "no_models")) c->info.n_models = 0;
  if (is(c, "null_models")) c->info.models = NULL;
  if (is(c, "many_models")) c->info.n_models = UINT32_MAX;
  if (is(c, "small_info")) c->info.struct_size = 4;
  if (is(c, "foreign_place")) c->info.descriptor = "null:";
  if (is(c, "no_place")) c->info.descriptor = "";
  if (is(c, "place_option")) c->info.descriptor = "odd:x?colour=blue";
  if (is(c, "own_place")) c->info.descriptor = "odd:own_place";
}

// The same in structs of other sizes.
static void resize(air_connection *c) {
  if (is(c, "newer")) {
    for (int i = 0; i < 2; ++i) {
      c->newer[i].known = c->inputs[i];
      c->newer[i].known.struct_size = sizeof c->newer[i];
      memset(c->newer[i].unknown, 0xA5, sizeof c->newer[i].unknown);
    }
    c->models[0].n_inputs = 2;
    c->models[0].inputs = &c->newer[0].known;
  }
  if (is(c, "older")) {
    for (int i = 0; i < 2; ++i) {
      c->inputs[i].struct_size = OLDER_TENSOR;
      memcpy(c->older + i * OLDER_TENSOR, &c->inputs[i], OLDER_TENSOR);
    }
    c->models[0].n_inputs = 2;
    c->models[0].inputs = (const air_backend_tensor *)(const void *)c->older;
    c->models[0].struct_size = OLDER_MODEL;
    memset((char *)c->models + OLDER_MODEL, 0xA5, sizeof *c->models - OLDER_MODEL);
  }
}

static air_status connect_to(const air_connect_request *request, air_connection **out) {
  if (strcmp(request->rest, "silent_failure") == 0) return AIR_ERROR_TIMEOUT;
  if (strcmp(request->rest, "unknown_status") == 0) return (air_status)4711;
  if (strcmp(request->rest, "null_connection") == 0) return AIR_OK;
  if (strcmp(request->rest, "null_message") == 0) {
    host->set_error(AIR_ERROR_IO, 5, NULL);
    host->add_cause(NULL);
    return AIR_ERROR_IO;
  }
  if (strcmp(request->rest, "wild_message") == 0) {
    host->set_error(AIR_ERROR_IO, 5, "no \xff\xfe text");
    host->add_cause("\xff");
    return AIR_ERROR_IO;
  }
  *out = calloc(1, sizeof **out);
  if (!*out) return AIR_ERROR_NO_MEMORY;
  strncpy((*out)->how, request->rest, sizeof(*out)->how - 1);
  describe(*out);
  spoil_info(*out);
  spoil_model(*out);
  spoil_tensors(*out);
  spoil_nodes(*out);
  resize(*out);
  return AIR_OK;
}

static void disconnect(air_connection *connection) {
  free(connection);
}

static air_status get_info(air_connection *connection, const air_connection_info **out) {
  if (is(connection, "info_fails")) return AIR_ERROR_IO;
  if (is(connection, "null_info")) return AIR_OK;
  *out = &connection->info;
  return AIR_OK;
}

// ---- Runs

static air_status describe_wrongly(air_connection *c, const air_run *run) {
  air_backend_node node = c->nodes[0];
  air_backend_column column = c->columns[0];
  uint32_t index = 0;
  void *data = NULL;
  static const int64_t shape[] = {3};
  if (is(c, "describe_far")) return run->describe_node(run->sink, 7, &node);
  if (is(c, "describe_null")) return run->describe_node(run->sink, 0, NULL);
  if (is(c, "describe_outputs")) node.outputs = NULL;
  if (is(c, "describe_covers")) node.n_covers = 1, c->covers[0] = 9;
  if (is(c, "describe_itself")) node.n_covers = 1, c->covers[0] = 1;
  if (strncmp(c->how, "describe", 8) == 0) return run->describe_node(run->sink, 1, &node);
  if (is(c, "add_null")) return run->add_column(run->sink, NULL, &index);
  if (is(c, "add_nameless")) column.name = "";
  if (strncmp(c->how, "add", 3) == 0) return run->add_column(run->sink, &column, &index);
  if (is(c, "open_closed")) return run->output_memory(run->sink, 0, shape, &data);
  if (is(c, "open_nobody")) return run->output_memory(run->sink, 5, shape, &data);
  return AIR_OK;
}

static air_status measure(const air_connection *c, const air_run *run) {
  static double values[8];
  air_run_result *result = run->result;
  result->device_ns = 1000;
  result->values = values;
  result->n_values = 2;
  values[0] = 1;
  values[1] = 2;
  if (is(c, "run_silent")) return AIR_ERROR_RUN_FAILED;
  if (is(c, "run_unknown")) return (air_status)-3;
  if (is(c, "run_internal")) {
    host->set_error(AIR_ERROR_INTERNAL, 3, "boom");
    return AIR_ERROR_INTERNAL;
  }
  if (is(c, "run_values")) result->n_values = 3;
  if (is(c, "run_null")) result->values = NULL;
  if (is(c, "run_infinite")) values[0] = -INFINITY;
  if (is(c, "run_negative")) values[1] = -1;
  if (is(c, "run_nan")) values[0] = values[1] = NAN;
  if (is(c, "run_device")) result->device_ns = UINT64_MAX - 1;
  if (is(c, "run_time")) result->run_ns = UINT64_C(1) << 63;
  if (is(c, "run_zero")) result->device_ns = result->run_ns = AIR_BACKEND_ZERO;
  if (is(c, "run_nothing")) memset(&result->n_values, 0, sizeof *result - offsetof(air_run_result, n_values));
  if (is(c, "run_note")) result->note = "fell back \xff";
  return AIR_OK;
}

static void tell_of_node(air_connection *c, const air_run *run) {
  double values[4] = {1.0, NAN, NAN, 0.25};
  const void *data[] = {run->outputs[0]};
  air_backend_event event = {
      .struct_size = sizeof event, .sample = run->sample, .n_values = 4, .values = values, .data = data};
  if (run->on_node_begin) {
    run->on_node_begin(run->sink, &event);
    if (is(c, "begin_twice")) run->on_node_begin(run->sink, &event);
  }
  if (is(c, "event_null")) run->on_node_end(run->sink, NULL);
  if (is(c, "event_node")) event.node = 2;
  if (is(c, "event_wild")) event.node = UINT32_MAX;
  if (is(c, "event_small")) event.struct_size = 4;
  if (is(c, "event_before")) event.sample -= 1;
  if (is(c, "event_after")) event.sample += 1;
  if (is(c, "event_many")) event.n_samples = 2;
  if (is(c, "event_values")) event.n_values = 5;
  if (is(c, "event_no_values")) event.values = NULL;
  if (is(c, "event_infinite")) values[0] = INFINITY;
  if (is(c, "event_negative")) values[0] = -5;
  if (is(c, "event_run_value")) values[1] = 1;
  if (is(c, "event_unshared")) values[2] = 1;  // column 2 is one of whole runs
  if (is(c, "event_nan")) values[0] = NAN;
  if (is(c, "event_short")) {
    event.struct_size = (offsetof(air_backend_event, data) + 7) / 8 * 8;
    if (event.struct_size > offsetof(air_backend_event, data)) event.data = NULL;  // they lie before the next multiple
  }
  if (is(c, "event_note")) event.note = "\xff";
  if (is(c, "data_missing") && run->sample == 1) data[0] = NULL;
  const int n_events = is(c, "node_repeats") ? 100000 : is(c, "node_twice") ? 2 : 1;
  for (int i = 0; i < n_events; ++i) run->on_node_end(run->sink, &event);
}

static air_status run(air_connection *c, uint32_t model, const air_run *request) {
  (void)model;
  memcpy(request->outputs[0], request->inputs[0], 8);
  const air_status status = describe_wrongly(c, request);
  if (status != AIR_OK) return status;
  if (request->on_node_end) tell_of_node(c, request);
  return measure(c, request);
}

static uint32_t claims(const char *text) {
  return strncmp(text, "odd-claim", 9) == 0 ? 100 : 0;
}

static const char *const schemes[] = {"odd", NULL}, *const patterns[] = {"odd-*", NULL};
static const air_backend table = {.struct_size = sizeof table,
                                  .abi_version = AIR_BACKEND_ABI_VERSION,
                                  .name = "odd",
                                  .version = "0",
                                  .description = "behaves badly",
                                  .schemes = schemes,
                                  .patterns = patterns,
                                  .claims = claims,
                                  .connect = connect_to,
                                  .disconnect = disconnect,
                                  .get_info = get_info,
                                  .run = run};

AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  host = services;
  return abi_version == AIR_BACKEND_ABI_VERSION ? &table : NULL;
}
