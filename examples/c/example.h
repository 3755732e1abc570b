// SPDX-License-Identifier: BSD-3-Clause
// What the longer examples share: printing an error, and random inputs for a model.
#ifndef AIRUNNER_EXAMPLE_H
#define AIRUNNER_EXAMPLE_H

#include <airunner.h>
#include <stdio.h>
#include <stdlib.h>

static inline int fail(const char *step) {
  const air_error *error = air_last_error();
  fprintf(stderr, "%s: %s (%s)\n", step, error->message, air_status_name(error->status));
  for (uint32_t i = 0; i < error->n_causes; i++) fprintf(stderr, "  %s\n", error->causes[i]);
  return EXIT_FAILURE;
}

static inline void free_inputs(air_buffer *inputs, uint32_t n_inputs) {
  for (uint32_t i = 0; inputs != NULL && i < n_inputs; i++) free(inputs[i].data);
  free(inputs);
}

// n_samples samples for every input of the model, one after the other; NULL with air_last_error() set when that fails.
static inline air_buffer *new_random_inputs(air_session *session, const air_model_info *info, uint64_t n_samples) {
  air_buffer *inputs = calloc(info->n_inputs, sizeof *inputs);
  for (uint32_t i = 0; inputs != NULL && i < info->n_inputs; i++) {
    inputs[i].size_bytes = n_samples * info->inputs[i]->size_bytes;
    inputs[i].data = malloc(inputs[i].size_bytes);
  }
  if (air_fill_random(session, n_samples, inputs, info->n_inputs, NULL) == AIR_OK) return inputs;
  free_inputs(inputs, info->n_inputs);
  return NULL;
}

#endif
