/* SPDX-License-Identifier: BSD-3-Clause */
/* The legacy ABI's description of a graph. */
#ifndef LEGACY_TABLES_H
#define LEGACY_TABLES_H

#include "legacy.h"
#include "model_graph.h"

#define LEGACY_MAX_TENSORS 24
#define LEGACY_MAX_NODES 16
#define LEGACY_MAX_NODE_TENSORS 8
#define LEGACY_MAX_RANK 6
#define LEGACY_MAX_SCALES 8

typedef struct legacy_tensor {
  uint32_t shape[LEGACY_MAX_RANK];
  union {
    int8_t s8[LEGACY_MAX_SCALES];
    uint8_t u8[LEGACY_MAX_SCALES];
    int16_t s16[LEGACY_MAX_SCALES];
    uint16_t u16[LEGACY_MAX_SCALES];
  } zero_points;
  ai_intq_info intq;
  ai_intq_info_list intq_list;
  ai_buffer_meta_info meta;
  ai_ll_array array;
  ai_ll_tensor tensor;
} legacy_tensor;

typedef struct legacy_node {
  ai_ll_tensor *inputs[LEGACY_MAX_NODE_TENSORS];
  ai_ll_tensor *outputs[LEGACY_MAX_NODE_TENSORS];
  ai_ll_tensor_list lists[4];
  ai_ll_tensor_chain chain;
  ai_observer_node node;
} legacy_node;

typedef struct legacy_segment {
  uint32_t shape[4];
} legacy_segment;

typedef struct legacy_tables {
  legacy_tensor tensors[LEGACY_MAX_TENSORS];
  legacy_node nodes[LEGACY_MAX_NODES];
  legacy_segment segments[3 * MODEL_MAX_SEGMENTS];
  ai_buffer inputs[MODEL_MAX_INPUTS];
  ai_buffer outputs[MODEL_MAX_OUTPUTS];
  ai_buffer weights[MODEL_MAX_SEGMENTS];
  ai_buffer activations[2 * MODEL_MAX_SEGMENTS]; /* the states come last: the legacy ABI has no table for them */
} legacy_tables;

void legacy_build_tables(legacy_tables *tables, const model_graph *graph);

/* Puts the addresses of `memory` into the tensors of one node. */
void legacy_bind_node(legacy_tables *tables, const model_graph *graph, const model_memory *memory, uint32_t node);

#endif
