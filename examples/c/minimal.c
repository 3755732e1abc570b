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

// A result is a value: it is read for as long as it is held, whatever becomes of session, runner and plugin.
static int print_output(const air_result *result) {
  const air_model *model = air_get_result_model(result);
  if (model->n_outputs == 0) return EXIT_SUCCESS;
  const air_tensor *tensor = model->outputs[0];
  air_view output;
  if (air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES, &output) != AIR_OK) return fail("get_tensor");

  // Outputs come in the storage type of the tensor; air_dequantize() turns any of them into float32.
  uint64_t count = 1;
  for (uint32_t i = 0; i < tensor->rank; i++) count *= (uint64_t)tensor->shape[i];
  float *values = malloc(count * sizeof *values);
  int status = EXIT_SUCCESS;
  if (air_dequantize(tensor, 1, output.data, values) == AIR_OK) {
    printf("%s (%s):", tensor->name, air_dtype_name(tensor->dtype));
    for (uint64_t i = 0; i < count; i++) printf(" %g", (double)values[i]);
    printf("\n");
  } else {
    status =
        fail("dequantize");  // also where malloc() failed: NULL where a value is required is an error, never a crash
  }
  free(values);
  return status;
}

static int run(air_session *session) {
  const air_model *model = air_get_model(session);
  printf("model %s: %u inputs, %u outputs, %u nodes\n", model->name, model->n_inputs, model->n_outputs,
         model->n_nodes_told);

  // Memory for the inputs, as large as the model says; set->data is there to be filled with samples of one's own.
  air_input_set *set = NULL;
  if (air_make_random_inputs(session, 1, NULL, &set) != AIR_OK) return fail("make_random_inputs");

  // Each invoke gives out a new result. Without memory of ours for the outputs it holds them.
  const air_result *result = NULL;
  const air_status status = air_invoke(session, 1, set->inputs, set->n, NULL, 0, NULL, NULL, &result);
  air_free_inputs(set);
  if (status != AIR_OK) return fail("invoke");

  const int code = print_output(result);
  air_release_result(result);
  return code;
}

int main(int argc, char **argv) {
  const char *descriptor = argc > 1 ? argv[1] : "null:";
  air_runner *runner = NULL;
  if (air_connect(descriptor, NULL, &runner) != AIR_OK) return fail("connect");

  air_session *session = NULL;
  int code = EXIT_FAILURE;
  if (air_get_session(runner, NULL, &session) == AIR_OK) {
    printf("connected to %s through %s\n", air_get_model(session)->descriptor, air_get_model(session)->backend);
    code = run(session);
  } else {
    fail("get_session");
  }

  air_disconnect(runner);  // releases the runner and its sessions
  return code;
}
