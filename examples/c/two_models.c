// SPDX-License-Identifier: BSD-3-Clause
// Two models at once: two runners are independent, so each may run on a thread of its own; one runner may hold several models.
//
//     two_models [descriptor [descriptor]]
#include <pthread.h>

#include "example.h"

typedef struct job {
  const char *descriptor;
  uint32_t n_models;
  const air_result *result;  // of the last model
  const air_error *error;    // or why there is none
} job;

static air_status run_model(air_session *session, const air_result **out_result) {
  const uint64_t n_samples = 50;
  air_input_set *set = NULL;
  air_status status = air_make_random_inputs(session, n_samples, NULL, &set);
  if (status != AIR_OK) return status;
  status = air_invoke(session, n_samples, set->inputs, set->n, NULL, 0, NULL, NULL, out_result);
  air_free_inputs(set);
  return status;
}

// All models of the runner in turn; air_get_session(runner, "name", ...) finds one by its name.
static air_status run_all(air_runner *runner, job *job) {
  air_status status = AIR_OK;
  job->n_models = air_get_n_models(runner);
  for (uint32_t i = 0; i < job->n_models && status == AIR_OK; i++) {
    air_session *session = NULL;
    status = air_get_session_at(runner, i, &session);
    if (status != AIR_OK) break;
    air_release_result(job->result);
    job->result = NULL;
    status = run_model(session, &job->result);
  }
  return status;
}

// A runner belongs to no thread, but serves one call at a time. Errors are those of a thread: one is kept for another to read. Results may
// be read anywhere, also when their runner has gone.
static void *work(void *argument) {
  job *job = argument;
  air_runner *runner = NULL;
  air_status status = air_connect(job->descriptor, NULL, &runner);
  if (status == AIR_OK) status = run_all(runner, job);
  if (status != AIR_OK) job->error = air_retain_error(air_last_error());
  air_disconnect(runner);
  return NULL;
}

static int report(const job *job) {
  if (job->error != NULL) {
    fprintf(stderr, "%s: %s (%s)\n", job->descriptor, job->error->message, air_status_name(job->error->status));
    return EXIT_FAILURE;
  }
  const air_profile *profile = air_get_profile(job->result);
  printf("%s: %u model(s), last one %s, mean %.6f ms over %llu samples\n", job->descriptor, job->n_models,
         air_get_result_model(job->result)->name, profile->device_ms / (double)profile->n_runs,
         (unsigned long long)profile->n_runs);
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  job jobs[2] = {{.descriptor = argc > 1 ? argv[1] : "null:"}, {.descriptor = argc > 2 ? argv[2] : "null:?models=2"}};
  pthread_t threads[2];
  int n_started = 0;
  while (n_started < 2 && pthread_create(&threads[n_started], NULL, work, &jobs[n_started]) == 0) n_started++;
  for (int i = 0; i < n_started; i++) pthread_join(threads[i], NULL);

  int code = n_started == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
  for (int i = 0; i < n_started; i++) {
    if (report(&jobs[i]) != EXIT_SUCCESS) code = EXIT_FAILURE;
    air_release_result(jobs[i].result);
    air_release_error(jobs[i].error);
  }
  return code;
}
