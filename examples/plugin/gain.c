// SPDX-License-Identifier: BSD-3-Clause
// A whole backend in one file: `gain:` is a model of one node that multiplies four numbers by `?factor=`.
// docs/writing-a-backend.md walks through it, section by section.
#include <airunner_backend.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { n_values = 4 };

// ---- The library's services: kept when the library asks for the table.

static const air_host *host;

static air_status fail(air_status status, const char *message) {
  host->set_error(status, 0, message);
  return status;
}

// ---- The description of the model. It never changes, so it is static; a real backend builds it while connecting.

static const int64_t shape[] = {1, n_values};

#define TENSOR(tensor_name, tensor_tag)                                                                                \
  {                                                                                                                    \
    .struct_size = sizeof(air_tensor_info), .name = (tensor_name), .tag = (tensor_tag), .dtype = AIR_DTYPE_FLOAT32,    \
    .rank = 2, .shape = shape, .storage_shape = shape, .n_elements = n_values, .size_bytes = n_values * sizeof(float), \
    .quantized_axis = -1                                                                                               \
  }

static const air_tensor_info input_info = TENSOR("input_1", "I.0");
static const air_tensor_info output_info = TENSOR("output_1", "O.0");
static const air_tensor_info node_output_info = TENSOR("gain_1", "N.0.0");

static const air_tensor_info *const inputs[] = {&input_info};
static const air_tensor_info *const outputs[] = {&output_info};
static const air_tensor_info *const node_outputs[] = {&node_output_info};

static const air_node_info node_info = {
    .struct_size = sizeof(air_node_info),
    .index = 0,
    .name = "gain",
    .description = "Mul",
    .id = 0,
    .n_inputs = 1,
    .n_outputs = 1,
    .inputs = inputs,
    .outputs = node_outputs,
};

static const air_runtime_info runtime_info = {
    .struct_size = sizeof(air_runtime_info),
    .name = "gain",
    .description = "",
    .compiler = "",
    .protocol = "in process",
    .version = {1, 0, 0},
};

static const air_device_info device_info = {
    .struct_size = sizeof(air_device_info),
    .description = "this computer",
    .dev_type = "HOST",
    .dev_id = "",
    .system = "",
    .machine = "",
};

static const air_model_info model_info = {
    .struct_size = sizeof(air_model_info),
    .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN,
    .name = "gain",
    .model_datetime = "",
    .compile_datetime = "",
    .hash = "",
    .n_nodes = 1,
    .native_batch = 1,
    .macc = n_values,
    .weights_bytes = 0,
    .activations_bytes = 0,
    .n_inputs = 1,
    .n_outputs = 1,
    .inputs = inputs,
    .outputs = outputs,
    .flags = "",
    .runtime = &runtime_info,
    .device = &device_info,
};

static const air_model_info *const models[] = {&model_info};

// ---- One connection.

struct air_connection {
  float factor;
  char descriptor[64];
  air_connection_info info;
};

static air_status read_factor(const air_option *option, float *out_factor) {
  if (strcmp(option->key, "factor") != 0) {
    return fail(AIR_ERROR_INVALID_DESCRIPTOR, "gain: unknown option; the only one is factor=<number>");
  }
  char *end = NULL;
  errno = 0;
  *out_factor = strtof(option->value, &end);
  if (end == option->value || *end != '\0' || errno != 0) {
    return fail(AIR_ERROR_INVALID_DESCRIPTOR, "gain: the option factor must be a number such as 2.5");
  }
  return AIR_OK;
}

static air_status gain_connect(const air_connect_request *request, air_connection **out_connection) {
  float factor = 2.0F;
  for (uint32_t i = 0; i < request->n_options; i++) {
    const air_status status = read_factor(&request->options[i], &factor);
    if (status != AIR_OK) return status;
  }
  if (request->rest[0] != '\0') return fail(AIR_ERROR_INVALID_DESCRIPTOR, "gain: nothing may follow the colon");
  if (request->model_name != NULL && strcmp(request->model_name, model_info.name) != 0) {
    return fail(AIR_ERROR_NOT_FOUND, "gain: the only model is called gain");
  }

  air_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return fail(AIR_ERROR_NO_MEMORY, "gain: out of memory");
  connection->factor = factor;
  snprintf(connection->descriptor, sizeof connection->descriptor, "gain:?factor=%.9g", (double)factor);
  connection->info = (air_connection_info){
      .struct_size = sizeof(air_connection_info),
      .n_models = 1,
      .models = models,
      .descriptor = connection->descriptor,
  };
  *out_connection = connection;
  return AIR_OK;
}

static void gain_disconnect(air_connection *connection) {
  free(connection);
}

static air_status gain_get_info(air_connection *connection, const air_connection_info **out_info) {
  *out_info = &connection->info;
  return AIR_OK;
}

// ---- One run: the sample, and what the library wants to hear about it.

static void multiply(float factor, const void *from, void *to) {
  float values[n_values];
  memcpy(values, from, sizeof values);  // the caller's memory may have any alignment
  for (int i = 0; i < n_values; i++) values[i] *= factor;
  memcpy(to, values, sizeof values);
}

static air_status gain_run(air_connection *connection, uint32_t model, const air_run *run) {
  (void)model;  // there is one model only
  const air_status go_on = run->check(run->sink);
  if (go_on != AIR_OK) return go_on;

  float result[n_values];
  const void *node_data[] = {(run->mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0 ? result : NULL};
  air_run_node_event event = {
      .struct_size = sizeof event, .sample = run->sample, .node = &node_info, .data = run->inputs};

  const uint64_t start = host->now_ns();
  air_action action = AIR_CONTINUE;
  if (run->on_node_begin != NULL) action = run->on_node_begin(run->sink, &event);

  const uint64_t node_start = host->now_ns();
  multiply(connection->factor, run->inputs[0], result);
  const uint64_t node_end = host->now_ns();

  if (run->on_node_end != NULL && action == AIR_CONTINUE) {
    event.data = node_data;
    event.duration_ms = (double)(node_end - node_start) * 1e-6;
    (void)run->on_node_end(run->sink, &event);  // it was the last event anyway
  }
  if ((run->mode & AIR_MODE_PERF_ONLY) == 0) memcpy(run->outputs[0], result, sizeof result);

  run->result->device_ns = node_end - node_start;
  run->result->exec_ns = host->now_ns() - start;
  return AIR_OK;
}

// ---- The table, and the one function that is exported.

static const char *const schemes[] = {"gain", NULL};

static const air_backend backend = {
    .struct_size = sizeof(air_backend),
    .abi_version = AIR_BACKEND_ABI_VERSION,
    .name = "gain",
    .version = "1.0.0",
    .description = "multiplies four numbers",
    .schemes = schemes,
    .connect = gain_connect,
    .disconnect = gain_disconnect,
    .get_info = gain_get_info,
    .run = gain_run,
};

const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  if (abi_version != AIR_BACKEND_ABI_VERSION) return NULL;
  host = services;
  return &backend;
}
