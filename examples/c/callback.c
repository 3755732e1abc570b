// SPDX-License-Identifier: BSD-3-Clause
// Looking at tensors while the network runs: prints the range of every node's outputs, and stops after the second sample.
//
//     callback [descriptor]
#include "example.h"

// Called after each node, on the thread of air_invoke(). The memory behind event->data is the network's own: read it now,
// copy what is needed later.
static air_action on_node_end(void *user, const air_node_event *event) {
  uint64_t *n_events = user;
  *n_events += 1;
  printf("  %-12s %-22s %8.4f ms", event->node->name, event->node->description, event->duration_ms);
  for (uint32_t i = 0; i < event->node->n_outputs; i++) {
    const air_tensor_info *tensor = event->node->outputs[i];
    uint64_t count = 1;
    for (uint32_t k = 0; k < tensor->rank; k++) count *= (uint64_t)tensor->shape[k];
    float *values = malloc(count * sizeof *values);
    if (values != NULL && count > 0 && event->data[i] != NULL &&
        air_dequantize(tensor, 1, event->data[i], values) == AIR_OK) {
      float low = values[0], high = values[0];
      for (uint64_t k = 1; k < count; k++) {
        low = values[k] < low ? values[k] : low;
        high = values[k] > high ? values[k] : high;
      }
      printf("  [%g, %g]", (double)low, (double)high);
    }
    free(values);
  }
  printf("\n");
  return AIR_CONTINUE;
}

static air_action on_sample_begin(void *user, uint64_t sample) {
  (void)user;
  printf("sample %llu\n", (unsigned long long)sample);
  return AIR_CONTINUE;
}

// AIR_STOP ends the invoke cleanly: it returns AIR_OK and keeps what was done so far.
static air_action on_sample_end(void *user, const air_sample_event *event) {
  (void)user;
  return event->sample == 1 ? AIR_STOP : AIR_CONTINUE;
}

static int run(air_session *session) {
  const air_model_info *info = NULL;
  if (air_get_info(session, &info) != AIR_OK) return fail("get_info");
  const uint64_t n_samples = 10;
  air_buffer *inputs = new_random_inputs(session, info, n_samples);
  if (inputs == NULL) return fail("random inputs");

  uint64_t n_events = 0;
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &n_events;
  callbacks.on_sample_begin = on_sample_begin;
  callbacks.on_sample_end = on_sample_end;
  callbacks.on_node_end = on_node_end;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER_WITH_DATA;  // without the data the callbacks get no tensors at the end of a node
  options.callbacks = &callbacks;

  int result = EXIT_SUCCESS;
  const air_profile *profile = NULL;
  if (air_invoke(session, n_samples, inputs, info->n_inputs, NULL, 0, &options) != AIR_OK ||
      air_get_profile(session, &profile) != AIR_OK) {
    result = fail("invoke");
  } else {
    printf("%s after %llu of %llu samples, %llu node events\n", profile->stopped ? "stopped" : "finished",
           (unsigned long long)profile->n_samples, (unsigned long long)n_samples, (unsigned long long)n_events);
  }
  free_inputs(inputs, info->n_inputs);
  return result;
}

int main(int argc, char **argv) {
  air_runner *runner = NULL;
  if (air_connect(argc > 1 ? argv[1] : "null:", NULL, &runner) != AIR_OK) return fail("connect");
  air_session *session = NULL;
  int result = air_get_session(runner, NULL, &session) == AIR_OK ? run(session) : fail("get_session");
  air_disconnect(runner);
  return result;
}
