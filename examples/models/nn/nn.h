/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernels of neural networks for model_graph nodes, int8 and float32. Shapes and quantization come from the tensors, weights from
 * segment 0. Portable C99; of libc they use expf only.
 */
#ifndef NN_H
#define NN_H

#include "model_graph.h"

/* Values that one output of an int8 layer may depend on: they are kept on the stack in 16 bits. A layer with more fails. */
#define NN_MAX_VALUES 512

/* real multiplier = multiplier / 2^shift */
typedef struct nn_rescale {
  int32_t multiplier;
  uint8_t shift;
} nn_rescale;

/* Convolution (stride 1, zero padding to the same size) and dense layer with quantized weights, as TensorFlow Lite defines them:
 * symmetric weights with one scale per output channel, output channel first; int32 bias of scale input * weight. */
typedef struct nn_weighted_int8 {
  uint32_t kernel; /* offsets in the weights */
  uint32_t bias;
  const nn_rescale *rescale; /* one per output channel */
  uint8_t height;            /* of the window; 0 for a dense layer */
  uint8_t width;
  bool relu;
} nn_weighted_int8;

/* The same layers in float32; kernels are stored output channel last, which lets a compiler use vector instructions. */
typedef struct nn_weighted_float32 {
  uint32_t kernel;
  uint32_t bias;
  uint8_t height;
  uint8_t width;
  bool relu;
} nn_weighted_float32;

/* Maximum over windows that do not overlap. */
typedef struct nn_pool {
  uint8_t height;
  uint8_t width;
} nn_pool;

/* Sum of two tensors: each input is brought to the scale of the output by factor / 2^20. */
typedef struct nn_add_int8_parameters {
  int32_t factors[2];
  bool relu;
} nn_add_int8_parameters;

typedef struct nn_add_float32_parameters {
  bool relu;
} nn_add_float32_parameters;

model_kernel nn_conv2d_int8;      /* nn_weighted_int8 */
model_kernel nn_dense_int8;       /* nn_weighted_int8 */
model_kernel nn_max_pool_int8;    /* nn_pool */
model_kernel nn_add_int8;         /* nn_add_int8_parameters */
model_kernel nn_softmax_int8;     /* no parameters */
model_kernel nn_conv2d_float32;   /* nn_weighted_float32 */
model_kernel nn_dense_float32;    /* nn_weighted_float32 */
model_kernel nn_max_pool_float32; /* nn_pool */
model_kernel nn_add_float32;      /* nn_add_float32_parameters */
model_kernel nn_softmax_float32;  /* no parameters */

#endif
