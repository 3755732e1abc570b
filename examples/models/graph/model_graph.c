/* SPDX-License-Identifier: BSD-3-Clause */
/* Executes a graph node by node and finds the data of its tensors. */
#include "model_graph.h"

int model_run(const model_graph *graph, const model_memory *memory, const model_observer *observer) {
  for (uint32_t i = 0; i < graph->n_nodes; ++i) {
    const model_call call = {graph, &graph->nodes[i], memory};
    if (observer != NULL) observer->node_begin(observer, memory, i);
    const int status = call.node->kernel(&call);
    if (status != 0) return status;
    if (observer != NULL) observer->node_end(observer, memory, i);
  }
  return 0;
}

const model_tensor *model_find_io(const model_graph *graph, model_place place, uint32_t index) {
  for (uint32_t i = 0; i < graph->n_tensors; ++i) {
    if (graph->tensors[i].place == place && graph->tensors[i].index == index) return &graph->tensors[i];
  }
  return NULL;
}

uint32_t model_element_count(const model_tensor *tensor) {
  uint32_t count = 1;
  for (uint32_t i = 0; i < tensor->rank; ++i) count *= (uint32_t)tensor->shape[i];
  return count;
}

uint8_t *model_tensor_data(const model_graph *graph, const model_memory *memory, int32_t tensor) {
  const model_tensor *t = &graph->tensors[tensor];
  switch (t->place) {
    case MODEL_INPUT:
      return memory->inputs[t->index];
    case MODEL_OUTPUT:
      return memory->outputs[t->index];
    case MODEL_ACTIVATIONS:
      break;
  }
  return memory->activations[t->index] + t->offset;
}

const model_tensor *model_input_tensor(const model_call *call, uint32_t k) {
  return &call->graph->tensors[call->node->inputs[k]];
}

const model_tensor *model_output_tensor(const model_call *call, uint32_t k) {
  return &call->graph->tensors[call->node->outputs[k]];
}

const void *model_input(const model_call *call, uint32_t k) {
  return model_tensor_data(call->graph, call->memory, call->node->inputs[k]);
}

void *model_output(const model_call *call, uint32_t k) {
  return model_tensor_data(call->graph, call->memory, call->node->outputs[k]);
}
