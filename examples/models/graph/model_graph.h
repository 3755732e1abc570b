/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network as data: tensors, nodes and memory, and the walk that executes it. Portable C99 without allocation, so that the same
 * sources serve a host library and a microcontroller.
 */
#ifndef MODEL_GRAPH_H
#define MODEL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats.h"

#define MODEL_MAX_SEGMENTS 4 /* of activations, weights or states */
#define MODEL_MAX_INPUTS 8
#define MODEL_MAX_OUTPUTS 8
#define MODEL_COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* Where a tensor lives. */
typedef enum model_place {
  MODEL_ACTIVATIONS, /* segment `index` of the activations, at `offset` */
  MODEL_INPUT,       /* input `index`; at `offset` of activations 0 when the graph keeps its I/O there */
  MODEL_OUTPUT       /* output `index`; the same */
} model_place;

typedef struct model_tensor {
  const char *name;
  uint32_t format; /* format word of formats.h */
  uint32_t size_bytes;
  uint32_t rank;
  const int32_t *shape; /* channel last; begins with the batch, 1, unless without_batch */
  bool without_batch;
  model_place place;
  uint32_t index;
  uint32_t offset;
  uint32_t n_scales; /* 0: not quantized; 1: per tensor; more: per channel */
  const float *scales;
  const int16_t *zero_points;
} model_tensor;

/* Addresses of everything a run touches. */
typedef struct model_memory {
  uint8_t *activations[MODEL_MAX_SEGMENTS];
  uint8_t *weights[MODEL_MAX_SEGMENTS]; /* only ever read */
  uint8_t *states[MODEL_MAX_SEGMENTS];
  uint8_t *inputs[MODEL_MAX_INPUTS];
  uint8_t *outputs[MODEL_MAX_OUTPUTS];
} model_memory;

struct model_call;

/* Executes one node; 0 when all went well. */
typedef int model_kernel(const struct model_call *call);

typedef struct model_node {
  uint16_t type;     /* node type of ST's runtime, such as 0x103 for Conv2D */
  uint16_t layer_id; /* index of the layer in the original model */
  model_kernel *kernel;
  const void *parameters; /* what the kernel needs beyond the tensors */
  uint32_t n_inputs;
  const int32_t *inputs; /* indices of tensors */
  uint32_t n_outputs;
  const int32_t *outputs;
} model_node;

/* Part of the memory of one kind. */
typedef struct model_segment {
  uint32_t size_bytes;
  const void *data; /* weights: their values, NULL when the user has to give them; else NULL */
} model_segment;

typedef struct model_graph {
  const char *name;
  const char *hash;
  const char *model_datetime;
  const char *compile_datetime;
  uint64_t macc;
  bool io_in_activations;
  bool named_io; /* the st-ai flavour tells the names of inputs and outputs */
  uint32_t n_tensors;
  const model_tensor *tensors; /* inputs and outputs are found by their place */
  uint32_t n_nodes;
  const model_node *nodes;
  uint32_t n_inputs;
  uint32_t n_outputs;
  uint32_t n_activations;
  const model_segment *activations;
  uint32_t n_weights;
  const model_segment *weights;
  uint32_t n_states;
  const model_segment *states;
} model_graph;

/* What a kernel is given. */
typedef struct model_call {
  const model_graph *graph;
  const model_node *node;
  const model_memory *memory;
} model_call;

/* Is told before and after each node of a run. */
typedef struct model_observer {
  void (*node_begin)(const struct model_observer *observer, const model_memory *memory, uint32_t node);
  void (*node_end)(const struct model_observer *observer, const model_memory *memory, uint32_t node);
  void *cookie;
} model_observer;

/* Runs all nodes once; `observer` may be NULL. The first status of a kernel other than 0 ends the run and is returned. */
int model_run(const model_graph *graph, const model_memory *memory, const model_observer *observer);

/* The tensor that is the input or output `index` of the graph. */
const model_tensor *model_find_io(const model_graph *graph, model_place place, uint32_t index);

/* Elements of a tensor as its shape tells. */
uint32_t model_element_count(const model_tensor *tensor);

uint8_t *model_tensor_data(const model_graph *graph, const model_memory *memory, int32_t tensor);

const model_tensor *model_input_tensor(const model_call *call, uint32_t k);
const model_tensor *model_output_tensor(const model_call *call, uint32_t k);
const void *model_input(const model_call *call, uint32_t k);
void *model_output(const model_call *call, uint32_t k);

#endif
