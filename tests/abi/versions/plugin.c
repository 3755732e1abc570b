// SPDX-License-Identifier: BSD-3-Clause
// A backend in plain C with an array of everything that may be in one, compiled against headers of several releases: see meson.build.
// plugin.cpp is the same in C++. program.c knows what they compute.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "airunner_backend.h"

enum { N_A = 3, N_B = 2 };

static const air_host *host;

// ---- The models: y = a * factor + 1, n = b

#define SIZED(type) .struct_size = sizeof(type)

static const int64_t shape_a[] = {N_A}, shape_b[] = {N_B}, shape_pool[] = {1, 1, 8};
static const float scales[] = {0.5f};
static const air_option node_properties[] = {{"place", "here"}};
static const air_option properties[] = {{"device", "none"}, {"runtime", "by hand"}};

#define FLOATS(text) \
  { SIZED(air_backend_tensor), .dtype = AIR_DTYPE_FLOAT32, .rank = 1, .shape = shape_a, .name = (text) }
#define BYTES(text)                                                                                                \
  {                                                                                                                \
    SIZED(air_backend_tensor), .dtype = AIR_DTYPE_INT8, .encoding = AIR_ENCODING_QUANTIZED, .rank = 1,             \
                               .shape = shape_b, .n_scales = 1, .scales = scales, .name = (text), .address = 4096, \
  }
#define POOL(text) \
  { SIZED(air_backend_tensor), .dtype = AIR_DTYPE_UINT8, .rank = 3, .shape = shape_pool, .name = (text) }

static const air_backend_tensor inputs[] = {FLOATS("a"), BYTES("b")};
static const air_backend_tensor outputs[] = {FLOATS("y"), BYTES("n")};
static const air_backend_tensor scaled[] = {FLOATS("scaled")};
static const air_backend_tensor add_inputs[] = {FLOATS("scaled"), BYTES("b")};
static const air_backend_tensor pools[] = {POOL("pool_1"), POOL("pool_2")};

static const air_backend_node nodes[] = {
    {SIZED(air_backend_node), .name = "scale", .operation = "Scale (0x1)", .n_inputs = 1, .n_outputs = 1,
     .inputs = inputs, .outputs = scaled},
    {SIZED(air_backend_node), .name = "add", .operation = "Add (0x2)", .n_inputs = 2, .n_outputs = 2,
     .inputs = add_inputs, .outputs = outputs, .n_properties = 1, .properties = node_properties},
};
static const air_backend_column columns[] = {
    {SIZED(air_backend_column), .kind = AIR_KIND_COUNT, .name = "link.sent", .unit = "B", .text = "sent"},
    {SIZED(air_backend_column), .kind = AIR_KIND_COUNT, .name = "energy", .unit = "mJ", .text = "energy",
     .per_node = 1},
};

#define MODEL(text)                                                                                                \
  {                                                                                                                \
    SIZED(air_backend_model), .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN,     \
                              .name = (text), .n_inputs = 2, .n_outputs = 2, .inputs = inputs, .outputs = outputs, \
                              .n_nodes = 2, .nodes = nodes, .columns = columns, .n_columns = 2, .n_properties = 2, \
                              .properties = properties, .weights_bytes = 16, .n_weights_pools = 2,                 \
                              .n_activations_pools = 1, .weights_pools = pools, .activations_pools = pools,        \
  }
static const air_backend_model models[] = {MODEL("first"), MODEL("second")};
static const air_connection_info info = {SIZED(air_connection_info), .n_models = 2, .models = models};

// ---- A connection

struct air_connection {
  float factor;
};

static air_status fail(air_status status, const char *message) {
  host->set_error(status, 0, message);
  return status;
}

static air_status connect_to(const air_connect_request *request, air_connection **out) {
  const air_status status = request->check(request->sink);
  if (status != AIR_OK) return status;
  if (strcmp(request->rest, "refuse") == 0) {
    host->set_error(AIR_ERROR_NO_DEVICE, 77, "told to refuse");
    host->add_cause("tried a: no such thing");
    return AIR_ERROR_NO_DEVICE;
  }
  air_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return fail(AIR_ERROR_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < request->n_options; ++i) {
    if (strcmp(request->options[i].key, "factor") == 0) {
      connection->factor = strtof(request->options[i].value, NULL);
    }
  }
  if (host->log_level(request->log) >= AIR_LOG_INFO) host->log(request->log, AIR_LOG_INFO, "connected");
  *out = connection;
  return AIR_OK;
}

static void disconnect(air_connection *connection) {
  free(connection);
}

static air_status get_info(air_connection *connection, const air_connection_info **out) {
  (void)connection;
  *out = &info;
  return AIR_OK;
}

// ---- One run

typedef struct sample {
  float a[N_A], scaled[N_A], y[N_A];
  signed char b[N_B], n[N_B];
} sample;

static void compute(sample *s, float factor) {
  for (int i = 0; i < N_A; ++i) s->scaled[i] = s->a[i] * factor;
  for (int i = 0; i < N_A; ++i) s->y[i] = s->scaled[i] + 1;
  memcpy(s->n, s->b, sizeof s->n);
}

static air_action tell(const air_run *run, uint32_t node, const void *const *before, const void *const *after) {
  const double values[] = {0.25, NAN, NAN, 1.5 + node};
  air_backend_event event = {SIZED(air_backend_event), .node = node, .sample = run->sample, .data = before};
  if (run->on_node_begin != NULL && run->on_node_begin(run->sink, &event) != AIR_CONTINUE) return AIR_STOP;
  event.data = (run->mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0 ? after : NULL;
  event.n_values = 4;
  event.values = values;
  event.note = node == 1 ? "added" : NULL;
  return run->on_node_end != NULL ? run->on_node_end(run->sink, &event) : AIR_CONTINUE;
}

static air_status run(air_connection *connection, uint32_t model, const air_run *run) {
  static const double measured[] = {20, 4};
  (void)model;  // both compute the same
  sample s;
  memcpy(s.a, run->inputs[0], sizeof s.a);
  memcpy(s.b, run->inputs[1], sizeof s.b);
  compute(&s, connection->factor);
  const void *const ends[2][2] = {{s.scaled, NULL}, {s.y, s.n}}, *const begins[2][2] = {{s.a, NULL}, {s.scaled, s.b}};
  for (uint32_t node = 0; node < 2; ++node) {
    if (tell(run, node, begins[node], ends[node]) != AIR_CONTINUE) break;
  }
  if ((run->mode & AIR_MODE_PERF_ONLY) == 0) {
    memcpy(run->outputs[0], s.y, sizeof s.y);
    memcpy(run->outputs[1], s.n, sizeof s.n);
  }
  run->result->device_ns = 500000;
  run->result->run_ns = 600000;
  run->result->n_values = 2;
  run->result->values = measured;
  return AIR_OK;
}

static air_status scan(const air_scan_request *request) {
  static const air_option serial[] = {{"serial_number", "0815"}};
  air_backend_device device = {SIZED(air_backend_device), .descriptor = PLUGIN_NAME ":one", .description = "a device"};
  device.n_properties = 1;
  device.properties = serial;
  request->found(request->sink, &device);
  return request->check(request->sink);
}

// ---- The table

static const char *const schemes[] = {PLUGIN_NAME, NULL};
static const char *const range[] = {"1", "9", NULL};
static const air_backend_option options[] = {
    {SIZED(air_backend_option), .type = AIR_OPTION_TEXT, .key = "word", .text = "is not looked at"},
    {SIZED(air_backend_option), .type = AIR_OPTION_NUMBER, .key = "factor", .default_value = "2", .choices = range,
     .text = "what a is multiplied by"},
};
static const air_backend table = {SIZED(air_backend),
                                  .abi_version = AIR_BACKEND_ABI_VERSION,
                                  .name = PLUGIN_NAME,
                                  .version = "1.0",
                                  .description = "arrays of everything",
                                  .schemes = schemes,
                                  .n_options = 2,
                                  .options = options,
                                  .connect = connect_to,
                                  .disconnect = disconnect,
                                  .get_info = get_info,
                                  .run = run,
                                  .scan = scan};

AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  host = services;
  return abi_version == AIR_BACKEND_ABI_VERSION ? &table : NULL;
}
