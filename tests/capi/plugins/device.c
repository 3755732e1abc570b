// SPDX-License-Identifier: BSD-3-Clause
// A backend with all that a device has: a link, memory, self tests, counters, notes of nodes. `device:waits` never connects.
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "airunner_backend.h"

enum { N_VALUES = 2, N_MEMORY = 64 };

struct air_connection {
  void *log;
  unsigned char memory[N_MEMORY];
  uint32_t n_runs;
};

static const air_host *host;

static air_status fail(air_status status, const char *message) {
  host->set_error(status, 0, message);
  return status;
}

// ---- Description.

static const int64_t shape[] = {1, N_VALUES};

#define TENSOR(tensor_name, tensor_tag)                                                                                \
  {                                                                                                                    \
    .struct_size = sizeof(air_tensor_info), .name = (tensor_name), .tag = (tensor_tag), .dtype = AIR_DTYPE_FLOAT32,    \
    .rank = 2, .shape = shape, .storage_shape = shape, .n_elements = N_VALUES, .size_bytes = N_VALUES * sizeof(float), \
    .quantized_axis = -1                                                                                               \
  }

static const air_tensor_info input = TENSOR("x", "I.0"), output = TENSOR("y", "O.0"), between = TENSOR("n", "N.0.0");
static const air_tensor_info *const inputs[] = {&input}, *const outputs[] = {&output},
                                    *const node_outputs[] = {&between};
static const air_node_info node = {.struct_size = sizeof node,
                                   .name = "twice",
                                   .description = "Mul",
                                   .id = 7,
                                   .type = 3,
                                   .n_outputs = 1,
                                   .outputs = node_outputs};
static const char *const attributes[] = {"fpu", "core_icache"};
static const air_runtime_info runtime = {.struct_size = sizeof runtime,
                                         .name = "device runtime",
                                         .description = "of a test",
                                         .compiler = "cc 1.0",
                                         .protocol = "by hand",
                                         .version = {1, 2, 3},
                                         .tools_version = {4, 5, 6}};
static const air_device_info device = {.struct_size = sizeof device,
                                       .description = "a board",
                                       .dev_type = "stm32",
                                       .dev_id = "0x450",
                                       .system = "bare-metal",
                                       .machine = "",
                                       .sys_clock = 480000000,
                                       .n_attributes = 2,
                                       .attributes = attributes};
static const air_model_info model = {.struct_size = sizeof model,
                                     .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_MEMORY_RW |
                                                     AIR_CAP_SELF_TEST | AIR_CAP_RESET_STATES,
                                     .name = "twice",
                                     .model_datetime = "Mon Jan 01 2024",
                                     .compile_datetime = "Tue Jan 02 2024",
                                     .hash = "0xabc",
                                     .n_nodes = 1,
                                     .native_batch = 1,
                                     .macc = UINT64_MAX,
                                     .weights_bytes = UINT64_MAX,
                                     .activations_bytes = UINT64_MAX,
                                     .states_bytes = 4,
                                     .n_inputs = 1,
                                     .n_outputs = 1,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .flags = "flag_inputs",
                                     .runtime = &runtime,
                                     .device = &device,
                                     .install_ms = 12.5,
                                     .init_ms = -1.0};
static const air_model_info *const models[] = {&model};
static const air_connection_info info = {
    .struct_size = sizeof info, .n_models = 1, .models = models, .descriptor = "device:"};

// ---- Connection.

static air_status wait_for_ever(const air_connect_request *request) {
  const uint64_t begin = host->now_ns();
  for (;;) {
    const air_status status = request->check(request->sink);
    if (status != AIR_OK) return status;
    if (request->timeout_ms != 0 && host->now_ns() - begin > request->timeout_ms * UINT64_C(1000000)) {
      return fail(AIR_ERROR_TIMEOUT, "the device did not answer in time");
    }
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
}

static air_status connect_to(const air_connect_request *request, air_connection **out) {
  if (strcmp(request->rest, "waits") == 0) return wait_for_ever(request);
  *out = calloc(1, sizeof **out);
  if (!*out) return fail(AIR_ERROR_NO_MEMORY, "out of memory");
  (*out)->log = request->log;
  return AIR_OK;
}

static void disconnect(air_connection *connection) {
  host->log(connection->log, AIR_LOG_INFO, "the device is left alone");
  free(connection);
}

static air_status get_info(air_connection *connection, const air_connection_info **out) {
  (void)connection;
  *out = &info;
  return AIR_OK;
}

// ---- One run, with everything that can be measured.

static air_status run(air_connection *connection, uint32_t index, const air_run *request) {
  (void)index;
  static const char *const notes[] = {"first note\nsecond line", "another note"};
  static const uint64_t run_counters[][2] = {{100, 10}, {200, 20}};
  static const uint64_t node_counters[][1] = {{70}, {80}};
  const uint32_t odd = connection->n_runs++ % 2;
  float values[N_VALUES];
  memcpy(values, request->inputs[0], sizeof values);
  for (int i = 0; i < N_VALUES; ++i) values[i] *= 2.0f;
  memcpy(request->outputs[0], values, sizeof values);
  const void *data[] = {(request->mode & AIR_MODE_PER_LAYER_WITH_DATA) ? values : NULL};
  const air_run_node_event event = {.struct_size = sizeof event,
                                    .n_counters = 1,
                                    .sample = request->sample,
                                    .node = &node,
                                    .data = data,
                                    .duration_ms = 0.5 + odd,
                                    .counters = node_counters[odd],
                                    .counter_type = "CPU cycles",
                                    .statistics = notes[odd]};
  if (request->on_node_end) request->on_node_end(request->sink, &event);
  request->result->device_ns = 1000000 * (1 + odd);
  request->result->exec_ns = 2000000 * (1 + odd);
  request->result->link_ns = 3000000;
  request->result->link_bytes_sent = 40;
  request->result->link_bytes_received = 50;
  request->result->link_packets = 6;
  request->result->link_turnarounds = 2;
  request->result->stack_bytes = 512;
  request->result->heap_bytes = -1;
  request->result->n_counters = 2;
  request->result->counters = run_counters[odd];
  request->result->counter_type = "CPU cycles";
  return AIR_OK;
}

// ---- What only a device has.

static air_status reset_states(air_connection *connection, uint32_t index) {
  (void)index;
  connection->n_runs = 0;
  return AIR_OK;
}

static air_status answer(air_connection *connection) {
  (void)connection;
  return AIR_OK;
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

static const char *const schemes[] = {"device", NULL};
static const air_backend table = {.struct_size = sizeof table,
                                  .abi_version = AIR_BACKEND_ABI_VERSION,
                                  .name = "device",
                                  .version = "0",
                                  .description = "",
                                  .schemes = schemes,
                                  .connect = connect_to,
                                  .disconnect = disconnect,
                                  .get_info = get_info,
                                  .run = run,
                                  .reset_states = reset_states,
                                  .ping = answer,
                                  .reconnect = answer,
                                  .memory_read = memory_read,
                                  .memory_write = memory_write,
                                  .memory_checksum = memory_checksum,
                                  .self_test = self_test};

AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  host = services;
  return abi_version == AIR_BACKEND_ABI_VERSION ? &table : NULL;
}
