/* SPDX-License-Identifier: BSD-3-Clause */
/* Translates a graph into the structs of the st-ai ABI. */
#include "stai_tables.h"

#include <string.h>

static stai_flags describe_place(const model_graph *graph, const model_tensor *tensor) {
  if (tensor->place == MODEL_ACTIVATIONS) return 0;
  return (tensor->place == MODEL_INPUT ? STAI_FLAG_INPUTS : STAI_FLAG_OUTPUTS) |
         (graph->io_in_activations ? STAI_FLAG_PREALLOCATED : 0);
}

static stai_tensor describe_tensor(const model_graph *graph, const model_tensor *tensor) {
  return (stai_tensor){
      .size_bytes = tensor->size_bytes,
      .flags =
          describe_place(graph, tensor) | STAI_FLAG_CHANNEL_LAST | (tensor->without_batch ? 0 : STAI_FLAG_HAS_BATCH),
      .format = (stai_format)tensor->format,
      .shape = {tensor->rank, tensor->shape},
      .scale = {tensor->n_scales, tensor->scales},
      .zeropoint = {tensor->n_scales, tensor->zero_points},
      .name = tensor->name,
  };
}

static stai_tensor describe_io(const model_graph *graph, stai_tensor tensor) {
  if (!graph->named_io) tensor.name = NULL;
  return tensor;
}

static stai_tensor describe_segment(const model_segment *segment, int32_t *shape, stai_flags flags) {
  *shape = (int32_t)segment->size_bytes;
  return (stai_tensor){
      .size_bytes = segment->size_bytes, .flags = flags, .format = (stai_format)ST_FORMAT_U8, .shape = {1, shape}};
}

void stai_build_tables(stai_tables *tables, const model_graph *graph) {
  int32_t *shape = tables->segment_sizes;
  memset(tables, 0, sizeof *tables);
  for (uint32_t i = 0; i < graph->n_tensors; ++i) {
    const model_tensor *tensor = &graph->tensors[i];
    tables->tensors[i] = describe_tensor(graph, tensor);
    if (tensor->place == MODEL_INPUT) tables->inputs[tensor->index] = describe_io(graph, tables->tensors[i]);
    if (tensor->place == MODEL_OUTPUT) tables->outputs[tensor->index] = describe_io(graph, tables->tensors[i]);
  }
  for (uint32_t i = 0; i < graph->n_nodes; ++i) {
    const model_node *node = &graph->nodes[i];
    tables->nodes[i] = (stai_node_details){
        node->layer_id, (int16_t)node->type, {node->n_inputs, node->inputs}, {node->n_outputs, node->outputs}};
  }
  for (uint32_t i = 0; i < graph->n_activations; ++i) {
    tables->activations[i] = describe_segment(&graph->activations[i], shape++, STAI_FLAG_ACTIVATIONS);
  }
  for (uint32_t i = 0; i < graph->n_weights; ++i) {
    const model_segment *segment = &graph->weights[i];
    tables->weights[i] = describe_segment(segment, shape++, segment->data != NULL ? STAI_FLAG_PREALLOCATED : 0);
  }
  for (uint32_t i = 0; i < graph->n_states; ++i) {
    tables->states[i] = describe_segment(&graph->states[i], shape++, STAI_FLAG_STATES);
  }
}

static stai_flags describe_memory(const model_graph *graph) {
  stai_flags flags = graph->io_in_activations ? STAI_FLAG_INPUTS | STAI_FLAG_OUTPUTS : 0;
  for (uint32_t i = 0; i < graph->n_weights; ++i) {
    if (graph->weights[i].data == NULL && graph->weights[i].size_bytes > 0) return flags;
  }
  return flags | STAI_FLAG_WEIGHTS;
}

void stai_build_info(stai_network_info *info, const stai_tables *tables, const model_graph *graph) {
  *info = (stai_network_info){
      .model_signature = graph->hash,
      .c_compile_datetime = graph->compile_datetime,
      .c_model_name = graph->name,
      .c_model_datetime = graph->model_datetime,
      .api_version = {1, 0, 0, 0},
      .n_macc = graph->macc,
      .n_nodes = graph->n_nodes,
      .flags = describe_memory(graph),
      .n_inputs = (uint16_t)graph->n_inputs,
      .n_outputs = (uint16_t)graph->n_outputs,
      .n_activations = (uint16_t)graph->n_activations,
      .n_weights = (uint16_t)graph->n_weights,
      .n_states = (uint16_t)graph->n_states,
      .inputs = tables->inputs,
      .outputs = tables->outputs,
      .activations = tables->activations,
      .weights = tables->weights,
      .states = graph->n_states > 0 ? tables->states : NULL,
  };
}
