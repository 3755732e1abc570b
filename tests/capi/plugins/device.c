// SPDX-License-Identifier: BSD-3-Clause
// A backend with all that a device has: a link, memory, self tests, counters, notes of nodes and runs. `device:waits` never connects,
// `device:late` does not look at its limit, `device:count` fails, telling whether there are connections.
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "airunner_backend.h"
#include "airunner_st.h"

enum { N_VALUES = 2, N_MEMORY = 64 };

struct air_connection {
  void *log;
  unsigned char memory[N_MEMORY];
  uint32_t n_runs;
  bool is_slow;
  atomic_bool is_cancelled;
};

static const air_host *host;

static air_status fail(air_status status, const char *message) {
  host->set_error(status, 0, message);
  return status;
}

// ---- Description. The node becomes known with the first run, and so do the counters.

static const int64_t shape[] = {N_VALUES};

#define TENSOR(tensor_name)                                                                           \
  {                                                                                                   \
    .struct_size = sizeof(air_backend_tensor), .dtype = AIR_DTYPE_FLOAT32, .rank = 1, .shape = shape, \
    .name = (tensor_name)                                                                             \
  }

static const air_backend_tensor input = TENSOR("x"), output = TENSOR("y"), between = TENSOR("n");
static const air_option node_properties[] = {{"st.format.N.0.0", "8523840"}};
static const air_backend_node node = {.struct_size = sizeof node,
                                      .name = "twice",
                                      .operation = "Mul",
                                      .operation_code = 3,
                                      .processor = "NPU",
                                      .computes_in = AIR_DTYPE_BFLOAT16,
                                      .layer_number = 8,
                                      .n_outputs = 1,
                                      .outputs = &between,
                                      .n_properties = 1,
                                      .properties = node_properties};

#define COLUMN(column_name, column_unit, column_kind) \
  { .struct_size = sizeof(air_backend_column), .kind = (column_kind), .name = (column_name), .unit = (column_unit) }

enum { LINK_MS, SENT, RECEIVED, PACKETS, TURNAROUNDS, STACK, HEAP, N_COLUMNS, FIRST_COLUMN = 2 };
static const air_backend_column columns[N_COLUMNS] = {[LINK_MS] = COLUMN("time.link", "ms", AIR_KIND_DURATION),
                                                      [SENT] = COLUMN("link.sent", "B", AIR_KIND_COUNT),
                                                      [RECEIVED] = COLUMN("link.received", "B", AIR_KIND_COUNT),
                                                      [PACKETS] = COLUMN("link.packets", "", AIR_KIND_COUNT),
                                                      [TURNAROUNDS] = COLUMN("link.turnarounds", "", AIR_KIND_COUNT),
                                                      [STACK] = COLUMN("memory.stack", "B", 0),
                                                      [HEAP] = COLUMN("memory.heap", "B", AIR_KIND_LEVEL)};
static const air_option properties[] = {{"runtime", "device runtime"},
                                        {"runtime.description", "of a test"},
                                        {"runtime.compiler", "cc 1.0"},
                                        {"runtime.protocol", "by hand"},
                                        {"runtime.version", "1.2.3"},
                                        {"tools.version", "4.5.6"},
                                        {"device", "a board"},
                                        {"device.type", "stm32"},
                                        {"device.id", "0x450"},
                                        {"device.system", "bare-metal"},
                                        {"device.machine", ""},
                                        {"device.sys_clock", "480000000"},
                                        {"device.attributes", "fpu\ncore_icache"},
                                        {"model_datetime", "Mon Jan 01 2024"},
                                        {"compile_datetime", "Tue Jan 02 2024"},
                                        {"hash", "0xabc"},
                                        {"flags", "flag_inputs"},
                                        {"install_ms", "12.5"}};
static const air_backend_model model = {.struct_size = sizeof model,
                                        .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_MEMORY_RW |
                                                        AIR_CAP_SELF_TEST | AIR_CAP_RESET_STATES,
                                        .name = "twice",
                                        .n_inputs = 1,
                                        .n_outputs = 1,
                                        .inputs = &input,
                                        .outputs = &output,
                                        .n_nodes = 1,
                                        .columns = columns,
                                        .n_columns = N_COLUMNS,
                                        .n_properties = sizeof properties / sizeof *properties,
                                        .properties = properties,
                                        .activations_bytes = AIR_BACKEND_ZERO,
                                        .states_bytes = 4};
static const air_connection_info info = {.struct_size = sizeof info, .n_models = 1, .models = &model};

// ---- Connection.

static air_status wait_for_ever(const air_connect_request *request) {
  for (;;) {
    const air_status status = request->check(request->sink);
    if (status != AIR_OK) return status;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

static void pause_ms(long ms) {
  nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static int n_connections;  // not disconnected yet

static air_status connect_to(const air_connect_request *request, air_connection **out) {
  if (strcmp(request->rest, "waits") == 0) return wait_for_ever(request);
  if (strcmp(request->rest, "count") == 0) return fail(AIR_ERROR_IO, n_connections == 0 ? "none" : "some");
  if (strcmp(request->rest, "late") == 0) pause_ms(60);  // does not look at its limit
  *out = calloc(1, sizeof **out);
  if (*out == NULL) return fail(AIR_ERROR_NO_MEMORY, "out of memory");
  (*out)->log = request->log;
  (*out)->is_slow = strcmp(request->rest, "slow") == 0;
  ++n_connections;
  return AIR_OK;
}

static void disconnect(air_connection *connection) {
  --n_connections;
  host->log(connection->log, AIR_LOG_INFO, "the device is left alone");
  free(connection);
}

static air_status get_info(air_connection *connection, const air_connection_info **out) {
  (void)connection;
  *out = &info;
  return AIR_OK;
}

// ---- One run, with everything that can be measured.

static air_status add_counters(const air_run *request, uint32_t first[2]) {
  for (int i = 0; i < 2; ++i) {
    const air_backend_column column = {.struct_size = sizeof column,
                                       .kind = AIR_KIND_COUNT,
                                       .name = i == 0 ? "counter.0" : "counter.1",
                                       .unit = "cycles",
                                       .text = "CPU cycles",
                                       .per_node = 1};
    const air_status status = request->add_column(request->sink, &column, &first[i]);
    if (status != AIR_OK) return status;
  }
  return AIR_OK;
}

static air_status run(air_connection *connection, uint32_t index, const air_run *request) {
  (void)index;
  static const char *const notes[] = {"first note\nsecond line", "another note"};
  static double run_values[FIRST_COLUMN + 16], node_values[FIRST_COLUMN + 16];
  const uint32_t odd = connection->n_runs++ % 2;
  uint32_t counter[2];
  air_status status = add_counters(request, counter);
  if (status == AIR_OK && request->on_node_end) status = request->describe_node(request->sink, 0, &node);
  if (status != AIR_OK) return status;

  float values[N_VALUES];
  memcpy(values, request->inputs[0], sizeof values);
  for (int i = 0; i < N_VALUES; ++i) values[i] *= 2.0f;
  memcpy(request->outputs[0], values, sizeof values);

  const uint32_t n_columns = counter[1] + 1;
  for (uint32_t i = 0; i < n_columns; ++i) run_values[i] = node_values[i] = NAN;
  node_values[0] = 0.5 + odd;
  node_values[counter[0]] = 70 + 10 * odd;
  const void *data[] = {(request->mode & AIR_MODE_PER_LAYER_WITH_DATA) ? values : NULL};
  const air_backend_event event = {.struct_size = sizeof event,
                                   .node = 0,
                                   .sample = request->sample,
                                   .n_values = n_columns,
                                   .values = node_values,
                                   .data = data,
                                   .note = notes[odd]};
  if (request->on_node_end) request->on_node_end(request->sink, &event);

  double *const rest = run_values + FIRST_COLUMN;
  rest[LINK_MS] = 3;
  rest[SENT] = 40;
  rest[RECEIVED] = 50;
  rest[PACKETS] = 6;
  rest[TURNAROUNDS] = 2;
  rest[STACK] = 512;
  run_values[counter[0]] = 100 + 100 * odd;
  run_values[counter[1]] = 10 + 10 * odd;
  request->result->device_ns = 1000000 * (1 + odd);
  request->result->run_ns = odd ? 4000000 : 2000000;
  request->result->values = rest;
  request->result->n_values = n_columns - FIRST_COLUMN;
  request->result->note = connection->n_runs == 2 ? "fell back to the CPU\nfor Conv" : NULL;
  return AIR_OK;
}

// ---- What only a device has.

static air_status reset_states(air_connection *connection, uint32_t index) {
  (void)index;
  connection->n_runs = 0;
  return AIR_OK;
}

static air_status answer(air_connection *connection) {
  while (connection->is_slow && !atomic_load(&connection->is_cancelled)) pause_ms(1);
  return connection->is_slow ? AIR_ERROR_CANCELLED : AIR_OK;
}

// Which takes long, as it must not.
static void cancel(air_connection *connection) {
  if (!connection->is_slow) return;
  pause_ms(500);
  atomic_store(&connection->is_cancelled, true);
}

static air_status check_range(uint64_t address, uint64_t size) {
  if (address <= N_MEMORY && size <= N_MEMORY - address) return AIR_OK;
  return fail(AIR_ERROR_TARGET, "no such memory");
}

static air_status memory_read(air_connection *connection, uint64_t address, void *data, uint64_t size) {
  const air_status status = check_range(address, size);
  if (status == AIR_OK) memcpy(data, connection->memory + address, (size_t)size);
  return status;
}

static air_status memory_write(air_connection *connection, uint64_t address, const void *data, uint64_t size) {
  const air_status status = check_range(address, size);
  if (status == AIR_OK) memcpy(connection->memory + address, data, (size_t)size);
  return status;
}

static air_status memory_checksum(air_connection *connection, uint64_t address, uint64_t size, uint32_t *out) {
  const air_status status = check_range(address, size);
  *out = 0;
  for (uint64_t i = 0; status == AIR_OK && i < size; ++i) *out += connection->memory[address + i];
  return status;
}

static air_status self_test(air_connection *connection, uint32_t test, uint32_t extra, uint32_t option, uint32_t *out) {
  (void)connection;
  *out = test * 100 + extra * 10 + option;
  return AIR_OK;
}

static const air_st_backend st = {.struct_size = sizeof st,
                                  .memory_read = memory_read,
                                  .memory_write = memory_write,
                                  .memory_checksum = memory_checksum,
                                  .self_test = self_test};
static int n_asked;  // for extensions

static const void *get_extension(const char *name) {
  ++n_asked;
  if (strcmp(name, "asked") == 0) {
    static struct {
      _Alignas(void *) uint32_t struct_size;
      int n_asked;
    } asked = {sizeof asked, 0};
    asked.n_asked = n_asked;
    return &asked;
  }
  return strcmp(name, AIR_ST_EXTENSION) == 0 ? &st : NULL;
}

static const char *const schemes[] = {"device", NULL};
static const air_backend table = {.struct_size = sizeof table,
                                  .abi_version = AIR_BACKEND_ABI_VERSION,
                                  .name = "device",
                                  .version = "0",
                                  .description = "a device of a test",
                                  .schemes = schemes,
                                  .connect = connect_to,
                                  .disconnect = disconnect,
                                  .get_info = get_info,
                                  .run = run,
                                  .cancel = cancel,
                                  .reset_states = reset_states,
                                  .ping = answer,
                                  .reconnect = answer,
                                  .get_extension = get_extension};

AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  host = services;
  return abi_version == AIR_BACKEND_ABI_VERSION ? &table : NULL;
}
