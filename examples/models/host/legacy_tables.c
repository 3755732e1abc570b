/* SPDX-License-Identifier: BSD-3-Clause */
/* Translates a graph into the structs of the legacy ABI. */
#include "legacy_tables.h"

#include <string.h>

/* (B, [spatial...], C) as BCWH: {B,C,W,H}, {B,C,W,H,D} or {B,C,W,H,D,E}. */
static ai_buffer_shape describe_shape(legacy_tensor *to, const model_tensor *from) {
  uint32_t user[LEGACY_MAX_RANK];
  const uint32_t rank = from->rank < 4 ? 4 : from->rank;
  const uint32_t own = from->rank - (from->without_batch ? 0u : 1u);
  for (uint32_t i = 0; i < rank; ++i) user[i] = 1;
  for (uint32_t i = 0; i < own; ++i) user[rank - 1 - i] = (uint32_t)from->shape[from->rank - 1 - i];
  to->shape[0] = user[0];
  to->shape[1] = user[rank - 1];
  to->shape[2] = user[2];
  to->shape[3] = user[1];
  for (uint32_t i = 4; i < rank; ++i) to->shape[i] = user[i - 1];
  return (ai_buffer_shape){.type = AI_SHAPE_BCWH, .size = rank & 0xFFFFFFu, .data = to->shape};
}

/* Zero points have the type of the elements. Returns the flag that says so. */
static uint16_t describe_zero_points(legacy_tensor *to, const model_tensor *from) {
  const bool wide = ST_FORMAT_GET_BITS(from->format) > 8, is_signed = ST_FORMAT_GET_SIGN(from->format) != 0;
  for (uint32_t i = 0; i < from->n_scales; ++i) {
    const int16_t value = from->zero_points[i];
    if (wide) {
      to->zero_points.s16[i] = value;
    } else {
      to->zero_points.u8[i] = (uint8_t)value;
    }
  }
  if (wide) return is_signed ? AI_INTQ_ZEROPOINT_S16 : AI_INTQ_ZEROPOINT_U16;
  return is_signed ? AI_INTQ_ZEROPOINT_S8 : AI_INTQ_ZEROPOINT_U8;
}

static void describe_quantization(legacy_tensor *to, const model_tensor *from) {
  if (from->n_scales == 0) return;
  to->intq_list.flags = (uint16_t)(AI_INTQ_SCALE_FLOAT | describe_zero_points(to, from));
  to->intq_list.size = (uint16_t)from->n_scales;
  to->intq_list.info = &to->intq;
  to->intq = (ai_intq_info){from->scales, &to->zero_points};
  to->meta = (ai_buffer_meta_info){AI_BUFFER_META_HAS_INTQ_INFO, &to->intq_list};
}

/* Elements of one sample; packed bits fill whole words. */
static uint32_t padded_count(const model_tensor *tensor) {
  if (ST_FORMAT_GET_BITS(tensor->format) != 1) return model_element_count(tensor);
  const uint32_t channels = (uint32_t)tensor->shape[tensor->rank - 1];
  return model_element_count(tensor) / channels * ((channels + 31u) / 32u * 32u);
}

static void describe_tensor(legacy_tensor *to, const model_tensor *from, uint32_t index) {
  const bool is_io = from->place != MODEL_ACTIVATIONS;
  describe_quantization(to, from);
  to->array.format = (int32_t)(from->format | (is_io ? ST_FORMAT_FLAG_IO : 0u));
  to->array.n_elements = padded_count(from);
  to->tensor.klass = from->n_scales > 0 ? &to->intq_list : NULL;
  to->tensor.id = (uint16_t)index;
  to->tensor.shape = describe_shape(to, from);
  to->tensor.array = &to->array;
}

static ai_buffer describe_io(legacy_tensor *tensor) {
  return (ai_buffer){
      .format = tensor->array.format,
      .meta_info = tensor->intq_list.size > 0 ? &tensor->meta : NULL,
      .size = tensor->array.n_elements,
      .shape = tensor->tensor.shape,
  };
}

static void describe_node(legacy_tables *tables, const model_node *from, uint32_t index) {
  legacy_node *to = &tables->nodes[index];
  for (uint32_t i = 0; i < from->n_inputs; ++i) to->inputs[i] = &tables->tensors[from->inputs[i]].tensor;
  for (uint32_t i = 0; i < from->n_outputs; ++i) to->outputs[i] = &tables->tensors[from->outputs[i]].tensor;
  to->lists[AI_LL_INPUTS].size = (uint16_t)from->n_inputs;
  to->lists[AI_LL_INPUTS].tensors = to->inputs;
  to->lists[AI_LL_OUTPUTS].size = (uint16_t)from->n_outputs;
  to->lists[AI_LL_OUTPUTS].tensors = to->outputs;
  to->chain.size = 4;
  to->chain.lists = to->lists;
  to->node.c_idx = (uint16_t)index;
  to->node.type = from->type;
  to->node.id = from->layer_id;
  to->node.tensors = &to->chain;
}

static ai_buffer describe_segment(legacy_segment *shape, const model_segment *segment) {
  const legacy_segment bytes = {{1, segment->size_bytes, 1, 1}};
  *shape = bytes;
  return (ai_buffer){
      .format = (int32_t)ST_FORMAT_U8,
      .data = (void *)(uintptr_t)segment->data, /* the ABI has no const; nobody writes to weights */
      .size = segment->size_bytes,
      .shape = {.type = AI_SHAPE_BCWH, .size = 4, .data = shape->shape},
  };
}

void legacy_build_tables(legacy_tables *tables, const model_graph *graph) {
  legacy_segment *shape = tables->segments;
  memset(tables, 0, sizeof *tables);
  for (uint32_t i = 0; i < graph->n_tensors; ++i) {
    const model_tensor *tensor = &graph->tensors[i];
    describe_tensor(&tables->tensors[i], tensor, i);
    if (tensor->place == MODEL_INPUT) tables->inputs[tensor->index] = describe_io(&tables->tensors[i]);
    if (tensor->place == MODEL_OUTPUT) tables->outputs[tensor->index] = describe_io(&tables->tensors[i]);
  }
  for (uint32_t i = 0; i < graph->n_nodes; ++i) describe_node(tables, &graph->nodes[i], i);
  for (uint32_t i = 0; i < graph->n_weights; ++i) tables->weights[i] = describe_segment(shape++, &graph->weights[i]);
  for (uint32_t i = 0; i < graph->n_activations; ++i) {
    tables->activations[i] = describe_segment(shape++, &graph->activations[i]);
  }
  for (uint32_t i = 0; i < graph->n_states; ++i) {
    tables->activations[graph->n_activations + i] = describe_segment(shape++, &graph->states[i]);
  }
}

void legacy_bind_node(legacy_tables *tables, const model_graph *graph, const model_memory *memory, uint32_t node) {
  const model_node *n = &graph->nodes[node];
  for (uint32_t i = 0; i < n->n_inputs + n->n_outputs; ++i) {
    const int32_t tensor = i < n->n_inputs ? n->inputs[i] : n->outputs[i - n->n_inputs];
    ai_ll_array *array = &tables->tensors[tensor].array;
    array->data = array->data_start = model_tensor_data(graph, memory, tensor);
  }
}
