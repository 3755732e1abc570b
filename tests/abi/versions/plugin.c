// SPDX-License-Identifier: BSD-3-Clause
// A backend in plain C with an array of everything that may be in one, compiled against headers of several releases: see meson.build.
// plugin.cpp is the same in C++. program.c knows what they compute.
//
// GROWN: its header is newer than the library may be.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "airunner_backend.h"
#include "airunner_st.h"

enum { N_A = 3, N_B = 2, N_NODES = 2, N_MODELS = 2 };

static const air_host *host;

#ifdef GROWN
// What a later release added is read as far as struct_size reaches.
#  define SAYS_MORE(given) ((given)->struct_size >= sizeof *(given) && (given)->later_text != NULL)
#else
#  define SAYS_MORE(given) 0
#endif

// ---- The models: y = a * factor + 1, n = b

#define SIZED(type) .struct_size = sizeof(type)

static const int64_t shape_a[] = {N_A}, shape_b[] = {N_B}, shape_pool[] = {1, 1, 8};
static const float scales[] = {0.5f};
static const air_option node_properties[] = {{"place", "here"}};
static const air_option properties[] = {{"device.type", "HOST"}, {"runtime", "by hand"}};

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

#define MODEL(text)                                                                                              \
  {                                                                                                              \
    SIZED(air_backend_model),                                                                                    \
        .capabilities =                                                                                          \
            AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_GIVEN | AIR_CAP_MEMORY_RW, \
        .name = (text), .n_inputs = 2, .n_outputs = 2, .inputs = inputs, .outputs = outputs, .n_nodes = N_NODES, \
        .nodes = nodes, .columns = columns, .n_columns = 2, .n_properties = 2, .properties = properties,         \
        .weights_bytes = 16, .n_weights_pools = 2, .n_activations_pools = 1, .weights_pools = pools,             \
        .activations_pools = pools,                                                                              \
  }
static const air_backend_model models[] = {MODEL("first"), MODEL("second")};
static const air_connection_info info = {SIZED(air_connection_info), .n_models = N_MODELS, .models = models};

// ---- A connection

struct air_connection {
  float factor;
  uint32_t given[N_MODELS][N_NODES];  // where the values given to the outputs of a node begin in air_run.given; NOWHERE
  unsigned char memory[16];           // of the target, as libairunner-st sees it
};

enum { NOWHERE = 100 };

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
  if (SAYS_MORE(request) || SAYS_MORE(host)) return fail(AIR_ERROR_INTERNAL, "the library says what it does not know");
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

// What follows a node gets the values that it is given.
static void replace(const air_run *run, uint32_t place, void *output, size_t size) {
  if (run->given != NULL && place < NOWHERE) memcpy(output, run->given[place], size);
}

static air_status run(air_connection *connection, uint32_t model, const air_run *run) {
  static const double measured[] = {20, 4};
  const uint32_t *given = connection->given[model];
  sample s;
  memcpy(s.a, run->inputs[0], sizeof s.a);
  memcpy(s.b, run->inputs[1], sizeof s.b);
  const void *const begins[N_NODES][2] = {{s.a, NULL}, {s.scaled, s.b}};
  const void *const ends[N_NODES][2] = {{s.scaled, NULL}, {s.y, s.n}};
  for (int i = 0; i < N_A; ++i) s.scaled[i] = s.a[i] * connection->factor;
  const air_action wanted = tell(run, 0, begins[0], ends[0]);
  replace(run, given[0], s.scaled, sizeof s.scaled);
  for (int i = 0; i < N_A; ++i) s.y[i] = s.scaled[i] + 1;
  memcpy(s.n, s.b, sizeof s.n);
  if (wanted == AIR_CONTINUE) tell(run, 1, begins[1], ends[1]);
  replace(run, given[1], s.y, sizeof s.y);
  replace(run, given[1] + 1, s.n, sizeof s.n);
  if ((run->mode & AIR_MODE_PERF_ONLY) == 0) {
    memcpy(run->outputs[0], s.y, sizeof s.y);
    memcpy(run->outputs[1], s.n, sizeof s.n);
  }
  if (SAYS_MORE(run)) return fail(AIR_ERROR_INTERNAL, "the library says what it does not know");
  run->result->device_ns = 500000;
  run->result->run_ns = 600000;
  run->result->n_values = 2;
  run->result->values = measured;
  return AIR_OK;
}

static air_status prepare(air_connection *connection, uint32_t model, const air_prepare_request *request) {
  const air_status status = request->check(request->sink);
  if (status != AIR_OK) return status;
  uint32_t *given = connection->given[model], place = 0;
  for (uint32_t node = 0; node < N_NODES; ++node) given[node] = NOWHERE;
  for (uint32_t i = 0; i < request->n_nodes; ++i) {
    given[request->nodes[i]] = place;
    place += nodes[request->nodes[i]].n_outputs;
  }
  return AIR_OK;
}

// ---- What only targets of ST have

static unsigned char *memory_at(air_connection *connection, uint64_t address, uint64_t size) {
  if (address <= sizeof connection->memory && size <= sizeof connection->memory - address)
    return connection->memory + address;
  fail(AIR_ERROR_TARGET, "there is no such memory");
  return NULL;
}

static air_status memory_read(air_connection *connection, uint64_t address, void *data, uint64_t size) {
  const unsigned char *memory = memory_at(connection, address, size);
  if (memory == NULL) return AIR_ERROR_TARGET;
  memcpy(data, memory, size);
  return AIR_OK;
}

static air_status memory_write(air_connection *connection, uint64_t address, const void *data, uint64_t size) {
  unsigned char *memory = memory_at(connection, address, size);
  if (memory == NULL) return AIR_ERROR_TARGET;
  memcpy(memory, data, size);
  return AIR_OK;
}

static air_status memory_checksum(air_connection *connection, uint64_t address, uint64_t size, uint32_t *out_checksum) {
  const unsigned char *memory = memory_at(connection, address, size);
  if (memory == NULL) return AIR_ERROR_TARGET;
  *out_checksum = 0;
  for (uint64_t i = 0; i < size; ++i) *out_checksum += memory[i];
  return AIR_OK;
}

static const void *get_extension(const char *name) {
  static const air_st_backend st = {SIZED(air_st_backend), .memory_read = memory_read, .memory_write = memory_write,
                                    .memory_checksum = memory_checksum};
  return strcmp(name, AIR_ST_EXTENSION) == 0 ? &st : NULL;
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
                                  .scan = scan,
                                  .prepare = prepare,
                                  .get_extension = get_extension};

AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  host = services;
  return abi_version == AIR_BACKEND_ABI_VERSION ? &table : NULL;
}
