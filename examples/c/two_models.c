// SPDX-License-Identifier: BSD-3-Clause
// Two models at once: two runners are independent, so each may run on a thread of its own; one runner may hold several models.
//
//     two_models [descriptor [descriptor]]
#include <pthread.h>

#include "example.h"

typedef struct job {
  const char *descriptor;
  int result;
  air_statistics times;
  uint32_t n_models;
} job;

static int run_model(air_session *session, air_statistics *out_times) {
  const air_model_info *info = NULL;
  if (air_get_info(session, &info) != AIR_OK) return fail("get_info");
  const uint64_t n_samples = 50;
  air_buffer *inputs = new_random_inputs(session, info, n_samples);
  if (inputs == NULL) return fail("random inputs");
  const air_profile *profile = NULL;
  int result = EXIT_SUCCESS;
  if (air_invoke(session, n_samples, inputs, info->n_inputs, NULL, 0, NULL) != AIR_OK ||
      air_get_profile(session, &profile) != AIR_OK ||
      air_get_statistics(profile->durations_ms, profile->n_durations, out_times) != AIR_OK) {
    result = fail("invoke");
  }
  free_inputs(inputs, info->n_inputs);
  return result;
}

// A runner belongs to no thread, but serves one call at a time. Errors are kept per thread, so fail() tells the right story.
static void *work(void *argument) {
  job *job = argument;
  air_runner *runner = NULL;
  if (air_connect(job->descriptor, NULL, &runner) != AIR_OK) {
    job->result = fail("connect");
    return NULL;
  }
  // All models of the runner in turn; air_get_session(runner, "name", ...) finds one by its name.
  job->n_models = air_get_n_models(runner);
  for (uint32_t i = 0; i < job->n_models && job->result == EXIT_SUCCESS; i++) {
    air_session *session = NULL;
    job->result =
        air_get_session_at(runner, i, &session) == AIR_OK ? run_model(session, &job->times) : fail("get_session_at");
  }
  air_disconnect(runner);
  return NULL;
}

int main(int argc, char **argv) {
  job jobs[2] = {{.descriptor = argc > 1 ? argv[1] : "null:"}, {.descriptor = argc > 2 ? argv[2] : "null:?models=2"}};
  pthread_t threads[2];
  int n_started = 0;
  while (n_started < 2 && pthread_create(&threads[n_started], NULL, work, &jobs[n_started]) == 0) n_started++;
  for (int i = 0; i < n_started; i++) pthread_join(threads[i], NULL);

  int result = n_started == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
  for (int i = 0; i < n_started; i++) {
    if (jobs[i].result != EXIT_SUCCESS) result = EXIT_FAILURE;
    printf("%s: %u model(s), last one mean %.6f ms over %llu samples\n", jobs[i].descriptor, jobs[i].n_models,
           jobs[i].times.mean, (unsigned long long)jobs[i].times.count);
  }
  return result;
}
