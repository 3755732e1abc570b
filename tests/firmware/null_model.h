/* SPDX-License-Identifier: BSD-3-Clause */
/* A model written by hand: what `null:` of airunner computes, for tests that know its values. */
#ifndef NULL_MODEL_H
#define NULL_MODEL_H

#include "airtarget.h"

enum { NULL_IMAGE = 32, NULL_VECTOR = 8, NULL_SUMS = 4 };

typedef struct null_model {
  at_model model;
  float input_1[NULL_IMAGE];
  int8_t input_2[NULL_VECTOR];
  float scaled[NULL_IMAGE];
  int8_t quantized[NULL_IMAGE];
  float biased[NULL_VECTOR];
  float sums[NULL_SUMS];
  int8_t copied[NULL_IMAGE];
  float totals[NULL_SUMS]; /* of earlier samples, when it is stateful */
  at_tensor inputs[2], outputs[2], activations[1], weights[1], node_outputs[5];
  bool stateful;
  int32_t fail_at;   /* node; -1: none */
  uint32_t delay_ms; /* of each sample */
} null_model;

void null_model_init(null_model *self, const char *name);

#endif
