// SPDX-License-Identifier: BSD-3-Clause
// The shortest whole program: connect, look at the model, run one sample of random inputs, print the first output.
//
//     minimal [descriptor]        for example: minimal file:libai_network.so
#include <airunner.h>
#include <stdio.h>
#include <stdlib.h>

// Every failing call leaves its story in air_last_error(): one sentence, and what was tried.
static int fail(const char *step) {
  const air_error *error = air_last_error();
  fprintf(stderr, "%s: %s (%s)\n", step, error->message, air_status_name(error->status));
  for (uint32_t i = 0; i < error->n_causes; i++) fprintf(stderr, "  %s\n", error->causes[i]);
  return EXIT_FAILURE;
}

static int run(air_session *session) {
  const air_model_info *info = NULL;
  if (air_get_info(session, &info) != AIR_OK) return fail("get_info");
  printf("model %s: %u inputs, %u outputs, %u nodes\n", info->name, info->n_inputs, info->n_outputs, info->n_nodes);

  // One buffer per input. They are ours: allocated and released here, as large as the model says.
  air_buffer *inputs = calloc(info->n_inputs, sizeof *inputs);
  for (uint32_t i = 0; inputs != NULL && i < info->n_inputs; i++) {
    inputs[i].size_bytes = info->inputs[i]->size_bytes;
    inputs[i].data = malloc(inputs[i].size_bytes);
  }

  // Without output buffers of ours the library keeps the outputs until the next invoke. A malloc that failed above is
  // reported here: NULL where a value is required is an error, never a crash.
  int result = EXIT_SUCCESS;
  const air_buffer *outputs = NULL;
  uint32_t n_outputs = 0;
  if (air_fill_random(session, 1, inputs, info->n_inputs, NULL) != AIR_OK ||
      air_invoke(session, 1, inputs, info->n_inputs, NULL, 0, NULL) != AIR_OK ||
      air_get_outputs(session, &outputs, &n_outputs) != AIR_OK) {
    result = fail("invoke");
  }
  if (n_outputs > 0) {
    // Outputs come in the storage type of the tensor; air_dequantize() turns any of them into float32.
    const air_tensor_info *tensor = info->outputs[0];
    uint64_t count = 1;
    for (uint32_t i = 0; i < tensor->rank; i++) count *= (uint64_t)tensor->shape[i];
    float *values = malloc(count * sizeof *values);
    if (values != NULL && air_dequantize(tensor, 1, outputs[0].data, values) == AIR_OK) {
      printf("%s (%s):", tensor->name, air_dtype_name(tensor->dtype));
      for (uint64_t i = 0; i < count; i++) printf(" %g", (double)values[i]);
      printf("\n");
    }
    free(values);
  }

  for (uint32_t i = 0; inputs != NULL && i < info->n_inputs; i++) free(inputs[i].data);
  free(inputs);
  return result;
}

int main(int argc, char **argv) {
  const char *descriptor = argc > 1 ? argv[1] : "null:";
  air_runner *runner = NULL;
  if (air_connect(descriptor, NULL, &runner) != AIR_OK) return fail("connect");
  printf("connected to %s through %s\n", air_get_descriptor(runner), air_get_backend(runner));

  air_session *session = NULL;
  int result = air_get_session(runner, NULL, &session) == AIR_OK ? run(session) : fail("get_session");

  air_disconnect(runner);  // releases the runner, its sessions and everything they gave out
  return result;
}
