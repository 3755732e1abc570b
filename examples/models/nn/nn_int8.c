/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels for int8 tensors. */
#include <math.h>

#include "nn.h"

static int8_t clamp(int64_t value, int8_t minimum) {
  if (value < minimum) return minimum;
  return value > INT8_MAX ? INT8_MAX : (int8_t)value;
}

/* The accumulator in units of the output, rounded to nearest. */
static int8_t requantize(int32_t accumulator, nn_rescale rescale, int32_t zero_point, int8_t minimum) {
  const int64_t half = (int64_t)1 << (rescale.shift - 1);
  return clamp((((int64_t)accumulator * rescale.multiplier + half) >> rescale.shift) + zero_point, minimum);
}

/* 16 bits each: compilers and microcontrollers have an instruction for two such products at once. */
static int32_t dot(const int16_t *values, const int8_t *weights, uint32_t count) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += values[i] * weights[i];
  return sum;
}

/* One result for every row of the kernel. */
static void multiply(const model_call *call, const int16_t *values, uint32_t n_values, int8_t *results,
                     uint32_t n_results) {
  const nn_weighted_int8 *layer = call->node->parameters;
  const int32_t zero_point = model_output_tensor(call, 0)->zero_points[0];
  const int8_t *kernel = (const int8_t *)(call->memory->weights[0] + layer->kernel);
  const int32_t *bias = (const int32_t *)(const void *)(call->memory->weights[0] + layer->bias);
  const int8_t minimum = layer->relu ? (int8_t)zero_point : INT8_MIN;
  for (uint32_t k = 0; k < n_results; ++k) {
    const int32_t sum = bias[k] + dot(values, kernel + k * n_values, n_values);
    results[k] = requantize(sum, layer->rescale[k], zero_point, minimum);
  }
}

/* The window around (y, x) with the zero point taken off, which makes the padding 0. */
static void gather(const int8_t *image, const int32_t *shape, const nn_weighted_int8 *layer, int32_t y, int32_t x,
                   int16_t zero_point, int16_t *window) {
  for (int32_t ky = 0; ky < layer->height; ++ky) {
    const int32_t row = y + ky - layer->height / 2;
    for (int32_t kx = 0; kx < layer->width; ++kx) {
      const int32_t column = x + kx - layer->width / 2;
      const bool inside = row >= 0 && row < shape[1] && column >= 0 && column < shape[2];
      const int8_t *pixel = image + (inside ? (row * shape[2] + column) * shape[3] : 0);
      for (int32_t c = 0; c < shape[3]; ++c) *window++ = inside ? (int16_t)(pixel[c] - zero_point) : 0;
    }
  }
}

int nn_conv2d_int8(const model_call *call) {
  const nn_weighted_int8 *layer = call->node->parameters;
  const model_tensor *in = model_input_tensor(call, 0);
  const int32_t *out = model_output_tensor(call, 0)->shape;
  const uint32_t n_values = (uint32_t)(layer->height * layer->width * in->shape[3]), channels = (uint32_t)out[3];
  int8_t *result = model_output(call, 0);
  int16_t window[NN_MAX_VALUES];
  if (n_values > NN_MAX_VALUES) return 1;
  for (int32_t y = 0; y < out[1]; ++y) {
    for (int32_t x = 0; x < out[2]; ++x) {
      gather(model_input(call, 0), in->shape, layer, y, x, in->zero_points[0], window);
      multiply(call, window, n_values, result, channels);
      result += channels;
    }
  }
  return 0;
}

int nn_dense_int8(const model_call *call) {
  const model_tensor *in = model_input_tensor(call, 0);
  const uint32_t n_values = model_element_count(in);
  const int8_t *values = model_input(call, 0);
  int16_t centred[NN_MAX_VALUES];
  if (n_values > NN_MAX_VALUES) return 1;
  for (uint32_t i = 0; i < n_values; ++i) centred[i] = (int16_t)(values[i] - in->zero_points[0]);
  multiply(call, centred, n_values, model_output(call, 0), model_element_count(model_output_tensor(call, 0)));
  return 0;
}

static int8_t window_maximum(const int8_t *first, const nn_pool *pool, int32_t row_step, int32_t column_step) {
  int8_t maximum = *first;
  for (int32_t y = 0; y < pool->height; ++y) {
    for (int32_t x = 0; x < pool->width; ++x) {
      const int8_t value = first[y * row_step + x * column_step];
      if (value > maximum) maximum = value;
    }
  }
  return maximum;
}

int nn_max_pool_int8(const model_call *call) {
  const nn_pool *pool = call->node->parameters;
  const int32_t *in = model_input_tensor(call, 0)->shape, *out = model_output_tensor(call, 0)->shape;
  const int32_t row_step = in[2] * in[3];
  const int8_t *image = model_input(call, 0);
  int8_t *result = model_output(call, 0);
  for (int32_t y = 0; y < out[1]; ++y) {
    for (int32_t x = 0; x < out[2]; ++x) {
      const int8_t *first = image + y * pool->height * row_step + x * pool->width * in[3];
      for (int32_t c = 0; c < out[3]; ++c) *result++ = window_maximum(first + c, pool, row_step, in[3]);
    }
  }
  return 0;
}

int nn_add_int8(const model_call *call) {
  const nn_add_int8_parameters *add = call->node->parameters;
  const int32_t zero_a = model_input_tensor(call, 0)->zero_points[0];
  const int32_t zero_b = model_input_tensor(call, 1)->zero_points[0];
  const model_tensor *out = model_output_tensor(call, 0);
  const int8_t minimum = add->relu ? (int8_t)out->zero_points[0] : INT8_MIN;
  const int8_t *a = model_input(call, 0), *b = model_input(call, 1);
  int8_t *result = model_output(call, 0);
  const uint32_t count = model_element_count(out);
  for (uint32_t i = 0; i < count; ++i) {
    const int64_t sum = (int64_t)(a[i] - zero_a) * add->factors[0] + (int64_t)(b[i] - zero_b) * add->factors[1];
    result[i] = clamp(((sum + (1 << 19)) >> 20) + out->zero_points[0], minimum);
  }
  return 0;
}

int nn_softmax_int8(const model_call *call) {
  const model_tensor *in = model_input_tensor(call, 0), *out = model_output_tensor(call, 0);
  const int8_t *logits = model_input(call, 0);
  int8_t *result = model_output(call, 0);
  const uint32_t count = model_element_count(in);
  int32_t maximum = INT8_MIN;
  float total = 0.0F;
  for (uint32_t i = 0; i < count; ++i) maximum = logits[i] > maximum ? logits[i] : maximum;
  for (uint32_t i = 0; i < count; ++i) total += expf((float)(logits[i] - maximum) * in->scales[0]);
  for (uint32_t i = 0; i < count; ++i) {
    const float share = expf((float)(logits[i] - maximum) * in->scales[0]) / total;
    result[i] = clamp((int64_t)(share / out->scales[0] + 0.5F) + out->zero_points[0], INT8_MIN);
  }
  return 0;
}
