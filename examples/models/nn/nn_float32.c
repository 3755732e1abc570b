/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels for float32 tensors. */
#include <math.h>
#include <string.h>

#include "nn.h"

static void rectify(float *values, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : 0.0F;
}

/* sums[k] += value * weights[k] */
static void accumulate(float *restrict sums, const float *restrict weights, float value, uint32_t count) {
  for (uint32_t k = 0; k < count; ++k) sums[k] += value * weights[k];
}

/* Adds all taps of the window around (y, x) to the sums of the output channels. */
static void convolve(float *sums, const float *image, const float *kernel, const int32_t *shape,
                     const nn_weighted_float32 *layer, int32_t y, int32_t x, uint32_t n_sums) {
  for (int32_t ky = 0; ky < layer->height; ++ky) {
    const int32_t row = y + ky - layer->height / 2;
    if (row < 0 || row >= shape[1]) continue;
    for (int32_t kx = 0; kx < layer->width; ++kx) {
      const int32_t column = x + kx - layer->width / 2;
      if (column < 0 || column >= shape[2]) continue;
      const float *pixel = image + (row * shape[2] + column) * shape[3];
      const float *weights = kernel + (uint32_t)((ky * layer->width + kx) * shape[3]) * n_sums;
      for (int32_t c = 0; c < shape[3]; ++c) accumulate(sums, weights + (uint32_t)c * n_sums, pixel[c], n_sums);
    }
  }
}

int nn_conv2d_float32(const model_call *call) {
  const nn_weighted_float32 *layer = call->node->parameters;
  const int32_t *in = model_input_tensor(call, 0)->shape, *out = model_output_tensor(call, 0)->shape;
  const float *image = model_input(call, 0);
  const float *kernel = (const float *)(const void *)(call->memory->weights[0] + layer->kernel);
  const uint8_t *bias = call->memory->weights[0] + layer->bias;
  const uint32_t channels = (uint32_t)out[3];
  float *result = model_output(call, 0);
  for (int32_t y = 0; y < out[1]; ++y) {
    for (int32_t x = 0; x < out[2]; ++x) {
      memcpy(result, bias, channels * sizeof(float));
      convolve(result, image, kernel, in, layer, y, x, channels);
      if (layer->relu) rectify(result, channels);
      result += channels;
    }
  }
  return 0;
}

int nn_dense_float32(const model_call *call) {
  const nn_weighted_float32 *layer = call->node->parameters;
  const uint32_t n_values = model_element_count(model_input_tensor(call, 0));
  const uint32_t n_results = model_element_count(model_output_tensor(call, 0));
  const float *values = model_input(call, 0);
  const float *kernel = (const float *)(const void *)(call->memory->weights[0] + layer->kernel);
  float *result = model_output(call, 0);
  memcpy(result, call->memory->weights[0] + layer->bias, n_results * sizeof(float));
  for (uint32_t i = 0; i < n_values; ++i) accumulate(result, kernel + i * n_results, values[i], n_results);
  if (layer->relu) rectify(result, n_results);
  return 0;
}

static float window_maximum(const float *first, const nn_pool *pool, int32_t row_step, int32_t column_step) {
  float maximum = *first;
  for (int32_t y = 0; y < pool->height; ++y) {
    for (int32_t x = 0; x < pool->width; ++x) {
      const float value = first[y * row_step + x * column_step];
      if (value > maximum) maximum = value;
    }
  }
  return maximum;
}

int nn_max_pool_float32(const model_call *call) {
  const nn_pool *pool = call->node->parameters;
  const int32_t *in = model_input_tensor(call, 0)->shape, *out = model_output_tensor(call, 0)->shape;
  const int32_t row_step = in[2] * in[3];
  const float *image = model_input(call, 0);
  float *result = model_output(call, 0);
  for (int32_t y = 0; y < out[1]; ++y) {
    for (int32_t x = 0; x < out[2]; ++x) {
      const float *first = image + y * pool->height * row_step + x * pool->width * in[3];
      for (int32_t c = 0; c < out[3]; ++c) *result++ = window_maximum(first + c, pool, row_step, in[3]);
    }
  }
  return 0;
}

int nn_add_float32(const model_call *call) {
  const nn_add_float32_parameters *add = call->node->parameters;
  const float *a = model_input(call, 0), *b = model_input(call, 1);
  const uint32_t count = model_element_count(model_output_tensor(call, 0));
  float *result = model_output(call, 0);
  for (uint32_t i = 0; i < count; ++i) result[i] = a[i] + b[i];
  if (add->relu) rectify(result, count);
  return 0;
}

int nn_softmax_float32(const model_call *call) {
  const float *logits = model_input(call, 0);
  const uint32_t count = model_element_count(model_output_tensor(call, 0));
  float *result = model_output(call, 0);
  float maximum = logits[0], total = 0.0F;
  for (uint32_t i = 1; i < count; ++i) maximum = logits[i] > maximum ? logits[i] : maximum;
  for (uint32_t i = 0; i < count; ++i) total += result[i] = expf(logits[i] - maximum);
  for (uint32_t i = 0; i < count; ++i) result[i] /= total;
  return 0;
}
