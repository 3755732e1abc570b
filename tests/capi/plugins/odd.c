// SPDX-License-Identifier: BSD-3-Clause
// A backend that behaves as badly as the plugin ABI allows without corrupting memory: the rest of the descriptor says how.
#include <stdlib.h>
#include <string.h>

#include "airunner_backend.h"

struct air_connection {
  char how[32];
  int64_t shape[2];
  air_tensor_info tensor;
  const air_tensor_info *tensors[1];
  air_runtime_info runtime;
  air_device_info device;
  air_model_info model;
  const air_model_info *models[1];
  air_node_info node;
  air_connection_info info;
};

static const air_host *host;

static int is(const air_connection *c, const char *how) {
  return strcmp(c->how, how) == 0;
}

static void describe(air_connection *c) {
  c->shape[0] = 1;
  c->shape[1] = 2;
  c->tensor = (air_tensor_info){.struct_size = sizeof c->tensor,
                                .name = "t",
                                .tag = "I.0",
                                .dtype = AIR_DTYPE_FLOAT32,
                                .rank = 2,
                                .shape = c->shape,
                                .storage_shape = c->shape,
                                .n_elements = 2,
                                .size_bytes = 8,
                                .quantized_axis = -1};
  c->tensors[0] = &c->tensor;
  c->runtime = (air_runtime_info){
      .struct_size = sizeof c->runtime, .name = "odd", .description = "", .compiler = "", .protocol = ""};
  c->device = (air_device_info){.struct_size = sizeof c->device,
                                .description = "",
                                .dev_type = "HOST",
                                .dev_id = "",
                                .system = "",
                                .machine = ""};
  c->model = (air_model_info){.struct_size = sizeof c->model,
                              .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA,
                              .name = "odd",
                              .model_datetime = "",
                              .compile_datetime = "",
                              .hash = "",
                              .n_nodes = 1,
                              .native_batch = 1,
                              .n_inputs = 1,
                              .n_outputs = 1,
                              .inputs = c->tensors,
                              .outputs = c->tensors,
                              .flags = "",
                              .runtime = &c->runtime,
                              .device = &c->device};
  c->models[0] = &c->model;
  c->node = (air_node_info){.struct_size = sizeof c->node,
                            .name = "node",
                            .description = "",
                            .id = -1,
                            .n_outputs = 1,
                            .outputs = c->tensors};
  c->info =
      (air_connection_info){.struct_size = sizeof c->info, .n_models = 1, .models = c->models, .descriptor = "odd:"};
}

static void spoil(air_connection *c) {
  if (is(c, "no_models")) c->info.n_models = 0;
  if (is(c, "null_models")) c->info.models = NULL;
  if (is(c, "null_model")) c->models[0] = NULL;
  if (is(c, "null_descriptor")) c->info.descriptor = NULL;
  if (is(c, "null_name")) c->model.name = NULL;
  if (is(c, "null_texts")) c->model.model_datetime = c->model.hash = c->model.flags = NULL;
  if (is(c, "null_runtime")) c->model.runtime = NULL;
  if (is(c, "null_runtime_name")) c->runtime.name = NULL;
  if (is(c, "null_device")) c->model.device = NULL;
  if (is(c, "null_device_text")) c->device.description = NULL;
  if (is(c, "null_inputs")) c->model.inputs = NULL;
  if (is(c, "null_outputs")) c->model.outputs = NULL;
  if (is(c, "null_tensor")) c->tensors[0] = NULL;
  if (is(c, "null_tensor_name")) c->tensor.name = NULL;
  if (is(c, "null_shape")) c->tensor.shape = NULL;
  if (is(c, "no_batch")) c->model.native_batch = 0;
  if (is(c, "small_model")) c->model.struct_size = 8;
  if (is(c, "small_tensor")) c->tensor.struct_size = 8;
  if (is(c, "small_info")) c->info.struct_size = 4;
  if (is(c, "dtype")) c->tensor.dtype = (air_dtype)99;
  if (is(c, "encoding")) c->tensor.encoding = (air_encoding)55;
  if (is(c, "rank")) c->tensor.rank = UINT32_MAX;
  if (is(c, "negative")) c->shape[1] = -2;
  if (is(c, "two_samples")) {  // where a description is of one
    c->shape[0] = 2;
    c->tensor.n_elements *= 2;
    c->tensor.size_bytes *= 2;
  }
  if (is(c, "overflow")) c->shape[0] = c->shape[1] = INT64_MAX;
  if (is(c, "size")) c->tensor.size_bytes = 9;
  if (is(c, "elements")) c->tensor.n_elements = 3;
  if (is(c, "scales")) c->tensor.n_scales = 4;
  if (is(c, "no_scales")) c->tensor.encoding = AIR_ENCODING_QUANTIZED;
  if (is(c, "null_pools")) c->model.n_weights_pools = 2;
  if (is(c, "null_attributes")) c->device.n_attributes = 3;
  if (is(c, "node_index")) c->node.index = UINT32_MAX;
  if (is(c, "node_small")) c->node.struct_size = 4;
  if (is(c, "node_name")) c->node.name = NULL;
  if (is(c, "node_outputs")) c->node.outputs = NULL;
  if (is(c, "node_many")) c->node.n_outputs = UINT32_MAX;
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
  *out = calloc(1, sizeof **out);
  if (!*out) return AIR_ERROR_NO_MEMORY;
  strncpy((*out)->how, request->rest, sizeof(*out)->how - 1);
  describe(*out);
  spoil(*out);
  return AIR_OK;
}

static void disconnect(air_connection *c) {
  free(c);
}

static air_status get_info(air_connection *c, const air_connection_info **out) {
  if (is(c, "info_fails")) return AIR_ERROR_IO;
  *out = is(c, "null_info") ? NULL : &c->info;
  return AIR_OK;
}

static air_status run(air_connection *c, uint32_t model, const air_run *request) {
  (void)model;
  memcpy(request->outputs[0], request->inputs[0], 8);
  if (is(c, "run_silent")) return AIR_ERROR_RUN_FAILED;
  if (is(c, "run_unknown")) return (air_status)-3;
  if (is(c, "run_result")) {
    request->result->n_counters = UINT32_MAX;
    request->result->counters = NULL;
    return AIR_OK;
  }
  if (!request->on_node_end) return AIR_OK;
  const void *data[] = {request->outputs[0]};
  air_run_node_event event = {
      .struct_size = sizeof event, .sample = request->sample, .node = &c->node, .data = data, .duration_ms = 1.0};
  if (is(c, "node_null")) event.node = NULL;
  if (is(c, "event_small")) event.struct_size = 4;
  if (is(c, "event_counters")) event.n_counters = 7;
  if (is(c, "event_sample")) event.sample = UINT64_MAX;
  if (is(c, "data_missing") && request->sample == 1) data[0] = NULL;
  const int n_events = is(c, "node_repeats") ? 1000 : 1;
  for (int i = 0; i < n_events; ++i) request->on_node_end(request->sink, &event);
  return AIR_OK;
}

static uint32_t claims(const char *text) {
  return strncmp(text, "odd-claim", 9) == 0 ? UINT32_MAX : 0;
}

static const char *const schemes[] = {"odd", NULL};
static const air_backend table = {.struct_size = sizeof table,
                                  .abi_version = AIR_BACKEND_ABI_VERSION,
                                  .name = "odd",
                                  .version = "0",
                                  .description = "",
                                  .schemes = schemes,
                                  .claims = claims,
                                  .connect = connect_to,
                                  .disconnect = disconnect,
                                  .get_info = get_info,
                                  .run = run};

AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  host = services;
  return abi_version == AIR_BACKEND_ABI_VERSION ? &table : NULL;
}
