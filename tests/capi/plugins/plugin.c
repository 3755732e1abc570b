// SPDX-License-Identifier: BSD-3-Clause
// A small backend (output = input + 1), built several times with something wrong each time: see meson.build.
#include <stdlib.h>
#include <string.h>

#include "airunner_backend.h"

#ifndef PLUGIN_NAME
#  define PLUGIN_NAME "good"
#endif
#ifndef PLUGIN_SCHEMES
#  define PLUGIN_SCHEMES "alpha", NULL
#endif
#ifndef PLUGIN_ABI
#  define PLUGIN_ABI AIR_BACKEND_ABI_VERSION
#endif
#ifndef PLUGIN_TABLE_ABI
#  define PLUGIN_TABLE_ABI PLUGIN_ABI
#endif
#ifndef PLUGIN_TABLE_SIZE
#  define PLUGIN_TABLE_SIZE sizeof(air_backend)
#endif
#ifndef PLUGIN_ENTRY
#  define PLUGIN_ENTRY air_backend_query
#endif

#ifdef PLUGIN_NEEDS_MISSING_SYMBOL
extern int symbol_that_no_library_has(void);
#endif

struct air_connection {
  int dummy;
};

static const air_host *host;

static const int64_t shape[] = {1, 2};
static const air_tensor_info input = {.struct_size = sizeof input,
                                      .name = "x",
                                      .tag = "I.0",
                                      .dtype = AIR_DTYPE_FLOAT32,
                                      .rank = 2,
                                      .shape = shape,
                                      .storage_shape = shape,
                                      .n_elements = 2,
                                      .size_bytes = 8,
                                      .quantized_axis = -1};
static const air_tensor_info output = {.struct_size = sizeof output,
                                       .name = "y",
                                       .tag = "O.0",
                                       .dtype = AIR_DTYPE_FLOAT32,
                                       .rank = 2,
                                       .shape = shape,
                                       .storage_shape = shape,
                                       .n_elements = 2,
                                       .size_bytes = 8,
                                       .quantized_axis = -1};
static const air_tensor_info *const inputs[] = {&input};
static const air_tensor_info *const outputs[] = {&output};
static const air_runtime_info runtime = {
    .struct_size = sizeof runtime, .name = PLUGIN_NAME, .description = "", .compiler = "", .protocol = ""};
static const air_device_info device = {
    .struct_size = sizeof device, .description = "none", .dev_type = "HOST", .dev_id = "", .system = "", .machine = ""};
static const air_model_info model = {.struct_size = sizeof model,
                                     .name = "plus_one",
                                     .model_datetime = "",
                                     .compile_datetime = "",
                                     .hash = "",
                                     .native_batch = 1,
                                     .n_inputs = 1,
                                     .n_outputs = 1,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .flags = "",
                                     .runtime = &runtime,
                                     .device = &device};
static const air_model_info *const models[] = {&model};
static const air_connection_info info = {
    .struct_size = sizeof info, .n_models = 1, .models = models, .descriptor = "alpha:" PLUGIN_NAME};

static air_status connect_to(const air_connect_request *request, air_connection **out) {
  if (strcmp(request->rest, "refuse") == 0) {
    host->set_error(AIR_ERROR_NO_DEVICE, 77, "this plugin was told to refuse");
    host->add_cause("tried a: no such thing");
    host->add_cause("tried b: neither");
    return AIR_ERROR_NO_DEVICE;
  }
  *out = calloc(1, sizeof **out);
  return *out ? AIR_OK : AIR_ERROR_NO_MEMORY;
}

static void disconnect(air_connection *connection) {
  free(connection);
}

static air_status get_info(air_connection *connection, const air_connection_info **out) {
  (void)connection;
  *out = &info;
  return AIR_OK;
}

#ifndef PLUGIN_WITHOUT_RUN
static air_status run(air_connection *connection, uint32_t index, const air_run *request) {
  (void)connection;
  (void)index;
  float values[2];
  memcpy(values, request->inputs[0], sizeof values);
  for (int i = 0; i < 2; ++i) values[i] += 1.0f;
  memcpy(request->outputs[0], values, sizeof values);
  request->result->device_ns = request->result->exec_ns = 1;
  return AIR_OK;
}
#endif

static air_status scan(void *log, void *sink, air_found_fn found) {
  (void)log;
#ifdef PLUGIN_SCAN_FAILS
  (void)sink;
  (void)found;
  host->set_error(AIR_ERROR_PERMISSION, 13, "the scan of " PLUGIN_NAME " was not allowed");
  return AIR_ERROR_PERMISSION;
#else
  found(sink, "alpha:one", "first of " PLUGIN_NAME);
  found(sink, "alpha:two", NULL);
  return AIR_OK;
#endif
}

static const char *const schemes[] = {PLUGIN_SCHEMES};

static const air_backend table = {.struct_size = PLUGIN_TABLE_SIZE,
                                  .abi_version = PLUGIN_TABLE_ABI,
                                  .name = PLUGIN_NAME,
                                  .version = "1.2.3",
                                  .description = "adds one",
                                  .schemes = schemes,
                                  .connect = connect_to,
                                  .disconnect = disconnect,
                                  .get_info = get_info,
#ifndef PLUGIN_WITHOUT_RUN
                                  .run = run,
#endif
                                  .scan = scan};

AIR_BACKEND_EXPORT const air_backend *PLUGIN_ENTRY(uint32_t abi_version, const air_host *services) {
#ifdef PLUGIN_NEEDS_MISSING_SYMBOL
  if (symbol_that_no_library_has()) return NULL;
#endif
  host = services;
  return abi_version == PLUGIN_ABI ? &table : NULL;
}
