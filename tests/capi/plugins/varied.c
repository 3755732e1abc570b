// SPDX-License-Identifier: BSD-3-Clause
// A backend with what few runtimes have. The rest of the descriptor is the model:
//
//   rows      as many rows as the first element of the sample says: open shapes of outputs and of the data of a node
//   unknown   quantized in a way that nobody knows
//   fused     node 2 executes what nodes 0 and 1 of the model are; takes four samples a run, with layers too
//   blocks    a run looks at nothing and ends when it is cancelled
#define _POSIX_C_SOURCE 200809L
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "airunner_backend.h"

enum { N_INPUT = 4, N_COLUMNS = 2, MOST_ROWS = 16, BATCH = 4 };

typedef enum kind { ROWS, UNKNOWN, FUSED, BLOCKS, N_KINDS } kind;
static const char *const kinds[N_KINDS] = {"rows", "unknown", "fused", "blocks"};

struct air_connection {
  kind kind;
  air_connection_info info;
  atomic_int is_cancelled;
  char how[32];
};

static const air_host *host;

static air_status fail(air_status status, const char *message) {
  host->set_error(status, 0, message);
  return status;
}

// ---- Descriptions

static const int64_t vector[] = {N_INPUT}, rows[] = {-1, N_COLUMNS}, elements[] = {-1};
static const float scale = 0.5f;

#define PLAIN(tensor_name, tensor_rank, tensor_shape)                                             \
  {                                                                                               \
    .struct_size = sizeof(air_backend_tensor), .dtype = AIR_DTYPE_FLOAT32, .rank = (tensor_rank), \
    .shape = (tensor_shape), .name = (tensor_name)                                                \
  }
#define INT8(tensor_name, tensor_shape, number)                                                             \
  {                                                                                                         \
    .struct_size = sizeof(air_backend_tensor), .dtype = AIR_DTYPE_INT8, .rank = 1, .shape = (tensor_shape), \
    .name = (tensor_name), .encoding = AIR_ENCODING_QUANTIZED, .n_scales = (number), .scales = &scale       \
  }

static const air_backend_tensor x = PLAIN("x", 1, vector), y = PLAIN("y", 1, vector);
static const air_backend_tensor x8 = INT8("x", vector, 0), y8 = INT8("y", vector, 0);
static const air_backend_tensor row_outputs[] = {PLAIN("rows", 2, rows), INT8("count", elements, 1)};

#define NODE(node_name, node_outputs) \
  { .struct_size = sizeof(air_backend_node), .name = (node_name), .n_outputs = 1, .outputs = (node_outputs) }

static const uint32_t covered[] = {0, 1};
static const air_backend_node row_nodes[] = {NODE("repeat", row_outputs)};
static const air_backend_node fused_nodes[] = {NODE("double", &y),
                                               NODE("add_one", &y),
                                               {.struct_size = sizeof(air_backend_node),
                                                .name = "double_add",
                                                .processor = "NPU",
                                                .covers = covered,
                                                .n_covers = 2}};

#define MODEL(model_name, model_outputs, number)                                                                      \
  .struct_size = sizeof(air_backend_model), .name = (model_name), .n_inputs = 1, .n_outputs = (number), .inputs = &x, \
  .outputs = (model_outputs)

static const uint32_t with_layers = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA;
static const air_backend_model models[N_KINDS] = {
    [ROWS] = {MODEL("rows", row_outputs, 2), .capabilities = with_layers, .n_nodes = 1, .nodes = row_nodes},
    [UNKNOWN] = {.struct_size = sizeof(air_backend_model),
                 .name = "unknown",
                 .n_inputs = 1,
                 .n_outputs = 1,
                 .inputs = &x8,
                 .outputs = &y8},
    [FUSED] = {MODEL("fused", &y, 1), .capabilities = with_layers, .n_nodes = 3, .nodes = fused_nodes,
               .native_batch = BATCH, .layer_batch = BATCH},
    [BLOCKS] = {MODEL("blocks", &y, 1), .capabilities = AIR_CAP_CANCEL_RUN}};

static air_status connect_to(const air_connect_request *request, air_connection **out) {
  for (int i = 0; i < N_KINDS; ++i) {
    if (strncmp(request->rest, kinds[i], strlen(kinds[i])) != 0) continue;
    air_connection *c = calloc(1, sizeof *c);
    if (c == NULL) return fail(AIR_ERROR_NO_MEMORY, "out of memory");
    c->kind = (kind)i;
    c->info = (air_connection_info){.struct_size = sizeof c->info, .n_models = 1, .models = &models[i]};
    strncpy(c->how, request->rest + strlen(kinds[i]), sizeof c->how - 1);
    *out = c;
    return AIR_OK;
  }
  return fail(AIR_ERROR_NOT_FOUND, "no such model");
}

static void disconnect(air_connection *c) {
  free(c);
}

static air_status get_info(air_connection *c, const air_connection_info **out) {
  *out = &c->info;
  return AIR_OK;
}

// ---- Runs

static int is(const air_connection *c, const char *how) {
  return strcmp(c->how, how) == 0;
}

static air_status run_rows(const air_connection *c, const air_run *run) {
  float values[MOST_ROWS * N_COLUMNS], input[N_INPUT];
  int8_t counts[MOST_ROWS];
  memcpy(input, run->inputs[0], sizeof input);
  const int64_t n = (int64_t)input[0];
  for (int i = 0; i < n * N_COLUMNS; ++i) values[i] = input[1] + (float)i;
  for (int i = 0; i < n; ++i) counts[i] = (int8_t)(i + 1);
  const int64_t shape[] = {n, is(c, "-misfit") ? 3 : N_COLUMNS};
  const void *data[] = {values};
  const int64_t *shapes[] = {is(c, "-shapeless") ? NULL : shape};
  const double ms = 1;
  const air_backend_event event = {.struct_size = sizeof event,
                                   .sample = run->sample,
                                   .n_values = 1,
                                   .values = &ms,
                                   .data = run->mode & AIR_MODE_PER_LAYER_WITH_DATA ? data : NULL,
                                   .shapes = is(c, "-unshaped") ? NULL : shapes};
  if (run->on_node_end) run->on_node_end(run->sink, &event);
  run->result->device_ns = 1000;
  for (uint32_t i = 0; i < (is(c, "-one") ? 1u : 2u); ++i) {
    void *memory = NULL;
    const air_status status = run->output_memory(run->sink, i, shape, &memory);
    if (status != AIR_OK) return status;
    if (i == 0) memcpy(memory, values, (size_t)n * N_COLUMNS * sizeof *values);
    if (i == 1) memcpy(memory, counts, (size_t)n);
  }
  void *again = NULL;
  return is(c, "-twice") ? run->output_memory(run->sink, 0, shape, &again) : AIR_OK;
}

// Each node for all samples of the run: the memory that the data lie in is as large.
static air_status run_fused(const air_run *run) {
  float doubled[BATCH * N_INPUT], added[BATCH * N_INPUT];
  const size_t n = (size_t)run->n_samples * N_INPUT;
  memcpy(doubled, run->inputs[0], n * sizeof *doubled);
  for (size_t i = 0; i < n; ++i) added[i] = (doubled[i] *= 2) + 1;
  memcpy(run->outputs[0], added, n * sizeof *added);
  run->result->device_ns = UINT64_C(1000000) * run->n_samples;
  for (uint32_t node = 0; run->on_node_end && node < 3; ++node) {
    const void *data[] = {node == 0 ? doubled : added};
    const double ms = 0.5 * run->n_samples;
    const air_backend_event event = {.struct_size = sizeof event,
                                     .node = node,
                                     .sample = run->sample,
                                     .n_samples = run->n_samples,
                                     .n_values = node == 2 ? 1 : 0,
                                     .values = &ms,
                                     .data = node < 2 && run->mode & AIR_MODE_PER_LAYER_WITH_DATA ? data : NULL};
    run->on_node_end(run->sink, &event);
  }
  return AIR_OK;
}

static air_status run_blocked(air_connection *c) {
  atomic_store(&c->is_cancelled, 0);  // by the run before; the library tells again
  while (!atomic_exchange(&c->is_cancelled, 0)) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  return fail(AIR_ERROR_CANCELLED, "somebody cancelled");
}

static air_status run(air_connection *c, uint32_t model, const air_run *request) {
  (void)model;
  if (c->kind == ROWS) return run_rows(c, request);
  if (c->kind == FUSED) return run_fused(request);
  if (c->kind == BLOCKS) return run_blocked(c);
  memcpy(request->outputs[0], request->inputs[0], N_INPUT);
  request->result->device_ns = 1000;
  return AIR_OK;
}

static void cancel(air_connection *c) {
  atomic_store(&c->is_cancelled, 1);
}

static const char *const schemes[] = {"varied", NULL};
static const air_backend table = {.struct_size = sizeof table,
                                  .abi_version = AIR_BACKEND_ABI_VERSION,
                                  .name = "varied",
                                  .version = "0",
                                  .description = "has what few have",
                                  .schemes = schemes,
                                  .connect = connect_to,
                                  .disconnect = disconnect,
                                  .get_info = get_info,
                                  .run = run,
                                  .cancel = cancel};

AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t abi_version, const air_host *services) {
  host = services;
  return abi_version == AIR_BACKEND_ABI_VERSION ? &table : NULL;
}
