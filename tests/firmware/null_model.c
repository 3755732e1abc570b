/* SPDX-License-Identifier: BSD-3-Clause */
/* A model written by hand: what `null:` of airunner computes. */
#include "null_model.h"

#include <math.h>
#include <string.h>

#define IMAGE_SCALE 0.25F
#define IMAGE_ZERO_POINT 4
#define VECTOR_SCALE 0.5F
#define VECTOR_ZERO_POINT (-3)

static const uint32_t image[] = {1, 4, 4, 2}, vector[] = {1, NULL_VECTOR}, sums[] = {1, NULL_SUMS};
static const uint32_t activations_bytes[] = {376}, weights_bytes[] = {4};

static int8_t quantize(float value) {
  const float steps = nearbyintf(value / IMAGE_SCALE) + IMAGE_ZERO_POINT;
  if (isnan(steps)) return 0;
  return (int8_t)fminf(fmaxf(steps, -128.0F), 127.0F);
}

static void compute(null_model *self, uint32_t node) {
  switch (node) {
    case 0:
      for (int i = 0; i < NULL_IMAGE; ++i) self->scaled[i] = self->input_1[i] * 2.0F;
      break;
    case 1:
      for (int i = 0; i < NULL_IMAGE; ++i) self->quantized[i] = quantize(self->scaled[i]);
      break;
    case 2:
      for (int i = 0; i < NULL_VECTOR; ++i) {
        self->biased[i] = (float)(self->input_2[i] - VECTOR_ZERO_POINT) * VECTOR_SCALE + 1.0F;
      }
      break;
    default:
      for (size_t i = 0; i < NULL_SUMS; ++i) {
        self->sums[i] = self->totals[i] + self->biased[2 * i] + self->biased[2 * i + 1];
      }
      memcpy(self->copied, self->quantized, sizeof self->copied);
  }
}

static void wait_ms(uint32_t ms) {
  at_clock clock = {0, 0, 0, 0};
  at_port_clock(&clock);
  const uint64_t until = at_port_cycles() + (uint64_t)ms * (clock.cpu_hz / 1000);
  while (at_port_cycles() < until) {
  }
}

static bool run_null(void *user, at_run *run) {
  null_model *self = user;
  const at_node nodes[] = {
      {"scale", 0, 0, 1, &self->node_outputs[0]},
      {"quantize", 1, 1, 1, &self->node_outputs[1]},
      {"add_bias", 2, 2, 1, &self->node_outputs[2]},
      {"split", 3, 3, 2, &self->node_outputs[3]},
  };
  if (run->is_first) memset(self->totals, 0, sizeof self->totals);
  wait_ms(self->delay_ms);
  for (uint32_t i = 0; i < 4; ++i) {
    if (self->fail_at == (int32_t)i) {
      at_log(run, 4, "node 2 fails as it was told to");
      return false;
    }
    compute(self, i);
    if (!at_node_end(run, &nodes[i])) return false;
  }
  if (self->stateful) memcpy(self->totals, self->sums, sizeof self->totals);
  return true;
}

static at_tensor plain(const char *name, uint32_t n_dims, const uint32_t *dims, void *data) {
  return (at_tensor){name, AT_FLOAT32, AT_SHAPE_ST_AI | AT_SHAPE_HAS_BATCH, n_dims, dims, 0, 0, 0, data};
}

static at_tensor quantized(const char *name, uint32_t n_dims, const uint32_t *dims, float scale, int32_t zero_point,
                           void *data) {
  return (at_tensor){name, AT_INT8, AT_SHAPE_ST_AI | AT_SHAPE_HAS_BATCH, n_dims, dims, scale, zero_point, 0, data};
}

static at_tensor memory(const char *name, const uint32_t *bytes) {
  return (at_tensor){name, AT_UINT8, AT_SHAPE_ST_AI, 1, bytes, 0, 0, 0, NULL};
}

void null_model_init(null_model *self, const char *name) {
  memset(self, 0, sizeof *self);
  self->fail_at = -1;
  self->inputs[0] = plain("input_1", 4, image, self->input_1);
  self->inputs[1] = quantized("input_2", 2, vector, VECTOR_SCALE, VECTOR_ZERO_POINT, self->input_2);
  self->outputs[0] = quantized("output_1", 4, image, IMAGE_SCALE, IMAGE_ZERO_POINT, self->copied);
  self->outputs[1] = plain("output_2", 2, sums, self->sums);
  self->node_outputs[0] = plain("scaled", 4, image, self->scaled);
  self->node_outputs[1] = quantized("quantized", 4, image, IMAGE_SCALE, IMAGE_ZERO_POINT, self->quantized);
  self->node_outputs[2] = plain("biased", 2, vector, self->biased);
  self->node_outputs[3] = plain("sums", 2, sums, self->sums);
  self->node_outputs[4] = quantized("copied", 4, image, IMAGE_SCALE, IMAGE_ZERO_POINT, self->copied);
  self->activations[0] = memory("act_1", activations_bytes);
  self->weights[0] = memory("params_1", weights_bytes);
  self->model = (at_model){
      .name = name,
      .runtime = "null",
      .rtid = AT_RTID(AT_RUNTIME_ST_AI, AT_API_ST_AI),
      .runtime_version = AT_VERSION(0, 1, 0),
      .macc = NULL_IMAGE + NULL_VECTOR,
      .n_nodes = 4,
      .inputs = {2, self->inputs},
      .outputs = {2, self->outputs},
      .activations = {1, self->activations},
      .weights = {1, self->weights},
      .run = run_null,
      .user = self,
  };
}
