/* SPDX-License-Identifier: BSD-3-Clause */
/* The st-ai ABI's description of a graph. */
#ifndef STAI_TABLES_H
#define STAI_TABLES_H

#include "model_graph.h"
#include "stai.h"

#define STAI_MAX_TENSORS 24
#define STAI_MAX_NODES 16

typedef struct stai_tables {
  stai_tensor tensors[STAI_MAX_TENSORS]; /* of the details */
  stai_node_details nodes[STAI_MAX_NODES];
  stai_tensor inputs[MODEL_MAX_INPUTS];
  stai_tensor outputs[MODEL_MAX_OUTPUTS];
  stai_tensor activations[MODEL_MAX_SEGMENTS];
  stai_tensor weights[MODEL_MAX_SEGMENTS];
  stai_tensor states[MODEL_MAX_SEGMENTS];
  int32_t segment_sizes[3 * MODEL_MAX_SEGMENTS]; /* their shapes */
} stai_tables;

void stai_build_tables(stai_tables *tables, const model_graph *graph);

/* Everything but the versions of tool and runtime. */
void stai_build_info(stai_network_info *info, const stai_tables *tables, const model_graph *graph);

#endif
