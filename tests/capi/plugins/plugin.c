// SPDX-License-Identifier: BSD-3-Clause
// A small backend (output = input + 1) in plain C, built several times with something wrong each time: see meson.build.
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
#ifndef PLUGIN_DESCRIPTION
#  define PLUGIN_DESCRIPTION "adds one"
#endif
#ifndef PLUGIN_ENTRY
#  define PLUGIN_ENTRY air_backend_query
#endif
#ifndef PLUGIN_CLAIM
#  define PLUGIN_CLAIM 50
#endif

#ifdef PLUGIN_NEEDS_MISSING_SYMBOL
extern int symbol_that_no_library_has(void);
#endif

#ifdef PLUGIN_ABORTS
__attribute__((constructor)) static void load(void) {
  abort();
}
#endif

static const air_host *host;

// ---- The model

static const int64_t shape[] = {2};
static const air_backend_tensor input = {
    .struct_size = sizeof input, .dtype = AIR_DTYPE_FLOAT32, .rank = 1, .shape = shape, .name = "x"};
static const air_backend_tensor output = {
    .struct_size = sizeof output, .dtype = AIR_DTYPE_FLOAT32, .rank = 1, .shape = shape, .name = "y"};
static const air_backend_model model = {.struct_size = sizeof model,
                                        .name = "plus_one",
                                        .n_inputs = 1,
                                        .n_outputs = 1,
                                        .inputs = &input,
                                        .outputs = &output};
static const air_connection_info info = {.struct_size = sizeof info, .n_models = 1, .models = &model};

// ---- A connection

struct air_connection {
  float step;
};

static air_status fail(air_status status, const char *message) {
  host->set_error(status, 0, message);
  return status;
}

static air_status connect_to(const air_connect_request *request, air_connection **out_connection) {
  if (strcmp(request->rest, "refuse") == 0) {
    host->set_error(AIR_ERROR_NO_DEVICE, 77, "this plugin was told to refuse");
    host->add_cause("tried a: no such thing");
    host->add_cause("tried b: neither");
    return AIR_ERROR_NO_DEVICE;
  }
  air_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return fail(AIR_ERROR_NO_MEMORY, "out of memory");
  for (uint32_t i = 0; i < request->n_options; i++) {
    const air_option *option = &request->options[i];
    if (strcmp(option->key, "step") == 0) connection->step = (float)strtol(option->value, NULL, 10);
  }
  *out_connection = connection;
  return AIR_OK;
}

static void disconnect(air_connection *connection) {
  free(connection);
}

static air_status get_info(air_connection *connection, const air_connection_info **out_info) {
  (void)connection;
  *out_info = &info;
  return AIR_OK;
}

#ifndef PLUGIN_WITHOUT_RUN
static air_status run(air_connection *connection, uint32_t index, const air_run *request) {
  (void)index;  // there is one model only
  const uint64_t begin = host->now_ns();
  float values[2];
  memcpy(values, request->inputs[0], sizeof values);  // the caller's memory may have any alignment
  for (int i = 0; i < 2; i++) values[i] += connection->step;
  if ((request->mode & AIR_MODE_PERF_ONLY) == 0) memcpy(request->outputs[0], values, sizeof values);
  request->result->device_ns = host->now_ns() - begin;
  return AIR_OK;
}
#endif

static air_status scan(const air_scan_request *request) {
#ifdef PLUGIN_SCAN_FAILS
  (void)request;
  return fail(AIR_ERROR_PERMISSION, "the scan of " PLUGIN_NAME " was not allowed");
#else
  static const air_option properties[] = {{"serial_number", "0815"}};
  air_backend_device device = {.struct_size = sizeof device, .n_properties = 1, .properties = properties};
  device.descriptor = "alpha:one";
  device.description = "first of " PLUGIN_NAME;
  request->found(request->sink, &device);
  device.descriptor = "alpha:two";
  device.description = NULL;
  device.n_properties = 0;
  request->found(request->sink, &device);
  return AIR_OK;
#endif
}

static uint32_t claims(const char *text) {
  return strstr(text, "not") == NULL || PLUGIN_CLAIM > 100 ? PLUGIN_CLAIM : 0;
}

// ---- The table

static const char *const schemes[] = {PLUGIN_SCHEMES};
static const char *const patterns[] = {"*.plus", "PLUG?*:*", NULL};
static const char *const steps[] = {"1", "9", NULL};
static const air_backend_option options[] = {
    {.struct_size = sizeof options[0],
     .type = AIR_OPTION_NUMBER,
     .key = "step",
     .default_value = "1",
     .choices = steps,
     .text = "what is added"},
    {.struct_size = sizeof options[0], .type = AIR_OPTION_TEXT, .key = "tag.*", .text = "kept for nothing"},
};

static const air_backend table = {.struct_size = PLUGIN_TABLE_SIZE,
                                  .abi_version = PLUGIN_TABLE_ABI,
                                  .name = PLUGIN_NAME,
                                  .version = "1.2.3",
                                  .description = PLUGIN_DESCRIPTION,
                                  .schemes = schemes,
                                  .patterns = patterns,
                                  .n_options = sizeof options / sizeof options[0],
                                  .options = options,
                                  .claims = claims,
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
