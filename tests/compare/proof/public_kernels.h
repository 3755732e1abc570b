// SPDX-License-Identifier: BSD-3-Clause
// Plain int8 kernels for public networks behind the st-ai adapter of the examples: what to_c.py writes includes them.
#include <math.h>
#include <string.h>

#include "model_graph.h"

typedef struct window {
  const int8_t *weights; /* height, width, inputs, of one output channel after the other; of depthwise ones one input */
  const int32_t *bias;
  const double *factors; /* scale of input * scale of weights / scale of output, by channel */
  int32_t height, width, stride_y, stride_x, top, left;
  int32_t depthwise;
  int32_t low, high; /* what the activation leaves */
} window;

static int8_t stored(double value, int32_t zero_point, int32_t low, int32_t high) {
  const double rounded = round(value) + zero_point;
  return (int8_t)(rounded < low ? low : rounded > high ? high : rounded);
}

static int run_window(const model_call *call) {
  const window *w = call->node->parameters;
  const model_tensor *in = model_input_tensor(call, 0), *out = model_output_tensor(call, 0);
  const int8_t *x = model_input(call, 0);
  int8_t *y = model_output(call, 0);
  const int32_t rows = in->shape[1], columns = in->shape[2], depth = in->shape[3], channels = out->shape[3];
  const int32_t taken = w->depthwise ? 1 : depth;
  for (int32_t i = 0; i < out->shape[1]; ++i) {
    for (int32_t j = 0; j < out->shape[2]; ++j) {
      for (int32_t c = 0; c < channels; ++c) {
        const int8_t *k = w->weights + c * w->height * w->width * taken;
        int32_t sum = w->bias[c];
        for (int32_t a = 0; a < w->height; ++a) {
          for (int32_t b = 0; b < w->width; ++b) {
            const int32_t row = i * w->stride_y + a - w->top, column = j * w->stride_x + b - w->left;
            if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
            const int8_t *pixel = x + (row * columns + column) * depth + (w->depthwise ? c * depth / channels : 0);
            for (int32_t d = 0; d < taken; ++d)
              sum += (pixel[d] - in->zero_points[0]) * k[(a * w->width + b) * taken + d];
          }
        }
        y[(i * out->shape[2] + j) * channels + c] = stored(sum * w->factors[c], out->zero_points[0], w->low, w->high);
      }
    }
  }
  return 0;
}

static int run_dense(const model_call *call) {
  const window *w = call->node->parameters;
  const model_tensor *in = model_input_tensor(call, 0), *out = model_output_tensor(call, 0);
  const int8_t *x = model_input(call, 0);
  int8_t *y = model_output(call, 0);
  const uint32_t n = model_element_count(in), channels = model_element_count(out);
  for (uint32_t c = 0; c < channels; ++c) {
    int32_t sum = w->bias[c];
    for (uint32_t i = 0; i < n; ++i) sum += (x[i] - in->zero_points[0]) * w->weights[c * n + i];
    y[c] = stored(sum * w->factors[c], out->zero_points[0], w->low, w->high);
  }
  return 0;
}

/* The mean of windows without padding. */
static int run_average(const model_call *call) {
  const window *w = call->node->parameters;
  const model_tensor *in = model_input_tensor(call, 0), *out = model_output_tensor(call, 0);
  const int8_t *x = model_input(call, 0);
  int8_t *y = model_output(call, 0);
  const int32_t columns = in->shape[2], depth = in->shape[3];
  for (int32_t i = 0; i < out->shape[1]; ++i) {
    for (int32_t j = 0; j < out->shape[2]; ++j) {
      for (int32_t c = 0; c < depth; ++c) {
        int32_t sum = 0;
        for (int32_t a = 0; a < w->height; ++a) {
          for (int32_t b = 0; b < w->width; ++b)
            sum += x[((i * w->stride_y + a) * columns + j * w->stride_x + b) * depth + c];
        }
        y[(i * out->shape[2] + j) * depth + c] = stored((double)sum / (w->height * w->width), 0, w->low, w->high);
      }
    }
  }
  return 0;
}

static int run_copy(const model_call *call) {
  memcpy(model_output(call, 0), model_input(call, 0), model_output_tensor(call, 0)->size_bytes);
  return 0;
}

static int run_softmax(const model_call *call) {
  const model_tensor *in = model_input_tensor(call, 0), *out = model_output_tensor(call, 0);
  const int8_t *x = model_input(call, 0);
  int8_t *y = model_output(call, 0);
  const uint32_t n = model_element_count(in);
  double sum = 0;
  for (uint32_t i = 0; i < n; ++i) sum += exp(in->scales[0] * x[i]);
  for (uint32_t i = 0; i < n; ++i)
    y[i] = stored(exp(in->scales[0] * x[i]) / sum / out->scales[0], out->zero_points[0], -128, 127);
  return 0;
}
