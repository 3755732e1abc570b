// SPDX-License-Identifier: BSD-3-Clause
// Looking at tensors while the network runs: prints the range of every node's outputs, and stops after the second sample. Ctrl-C ends it
// at any time.
//
//     callback [descriptor]
#include <signal.h>

#include "example.h"

// Ends what it was given to; a signal handler may do that.
static air_token *token;

static void on_signal(int number) {
  (void)number;
  air_cancel(token);
}

static void print_range(const air_tensor *tensor, const void *data) {
  uint64_t count = 1;
  for (uint32_t k = 0; k < tensor->rank; k++) count *= (uint64_t)tensor->shape[k];
  float *values = malloc(count * sizeof *values);
  if (values != NULL && count > 0 && air_dequantize(tensor, 1, data, values) == AIR_OK) {
    float low = values[0], high = values[0];
    for (uint64_t k = 1; k < count; k++) {
      low = values[k] < low ? values[k] : low;
      high = values[k] > high ? values[k] : high;
    }
    printf("  [%g, %g]", (double)low, (double)high);
  }
  free(values);
}

// Called after each node, on the thread of air_invoke(). The memory behind event->tensors is the network's own: read it now,
// copy what is needed later.
static air_action on_node_end(void *user, const air_node_event *event) {
  uint64_t *n_events = user;
  *n_events += 1;
  printf("  %-12s %-22s %8.4f ms", event->description->name, event->description->operation, event->duration_ms);
  for (uint32_t i = 0; i < event->n_tensors; i++) {
    const void *data = event->tensors[i].data;
    if (data != NULL) print_range(event->description->outputs[i], data);
  }
  printf("\n");
  return AIR_CONTINUE;
}

static air_action on_sample_begin(void *user, uint64_t sample) {
  (void)user;
  printf("sample %llu\n", (unsigned long long)sample);
  return AIR_CONTINUE;
}

// AIR_STOP ends the invoke cleanly: it returns AIR_OK and a result of what was done so far.
static air_action on_sample_end(void *user, const air_sample_event *event) {
  (void)user;
  return event->sample == 1 ? AIR_STOP : AIR_CONTINUE;
}

static int run(air_session *session) {
  const uint64_t n_samples = 10;
  air_input_set *set = NULL;
  if (air_make_random_inputs(session, n_samples, NULL, &set) != AIR_OK) return fail("make_random_inputs");

  uint64_t n_events = 0;
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks,
      .user = &n_events,
      .on_sample_begin = on_sample_begin,
      .on_sample_end = on_sample_end,
      .on_node_end = on_node_end,
  };
  // Without the data the callbacks get no tensors at the end of a node; EVENTS_ONLY: they are for the callbacks, the result keeps none.
  const air_invoke_options options = {
      .struct_size = sizeof options,
      .mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_EVENTS_ONLY,
      .token = token,
  };
  const air_result *result = NULL;
  const air_status status = air_invoke(session, n_samples, set->inputs, set->n, NULL, 0, &options, &callbacks, &result);
  air_free_inputs(set);
  if (status != AIR_OK) return fail("invoke");
  const air_profile *profile = air_get_profile(result);
  printf("%s after %llu of %llu samples, %llu node events\n", profile->stopped ? "stopped" : "finished",
         (unsigned long long)profile->n_samples, (unsigned long long)n_samples, (unsigned long long)n_events);
  air_release_result(result);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  token = air_make_token();
  signal(SIGINT, on_signal);
  const air_connect_options options = {.struct_size = sizeof options, .token = token};
  air_runner *runner = NULL;
  if (air_connect(argc > 1 ? argv[1] : "null:", &options, &runner) != AIR_OK) return fail("connect");
  air_session *session = NULL;
  const int code = air_get_session(runner, NULL, &session) == AIR_OK ? run(session) : fail("get_session");
  air_disconnect(runner);
  signal(SIGINT, SIG_DFL);
  air_release_token(token);
  return code;
}
