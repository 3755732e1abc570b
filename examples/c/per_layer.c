// SPDX-License-Identifier: BSD-3-Clause
// Where does the time go? Runs 20 samples in PER_LAYER mode, reads what was measured, and prints the library's own report.
//
//     per_layer [descriptor]
#include <airunner_report.h>

#include "example.h"

// Measurements are columns: air_get_values() gives the values of a column for all runs, of a node or of the whole.
static int print_slowest(const air_result *result) {
  const air_model *model = air_get_result_model(result);
  const uint64_t n_runs = air_get_profile(result)->n_runs;
  const uint32_t time = air_find_column(model, "time.device");

  air_statistics total;
  const double *times = air_get_values(result, time, AIR_WHOLE_RUN);
  if (air_get_statistics(times, n_runs, &total) != AIR_OK) return fail("get_statistics");
  printf("%llu samples, mean %.4f ms, p99 %.4f ms\n", (unsigned long long)total.count, total.mean, total.p99);

  // Not every model can tell its nodes: the mode that was granted is in the profile, and without it nodes have no values.
  const air_node *slowest = NULL;
  double slowest_ms = -1.0;
  for (uint32_t i = 0; i < model->n_nodes; i++) {
    times = air_get_values(result, time, i);
    air_statistics node;
    if (times == NULL || air_get_statistics(times, n_runs, &node) != AIR_OK || node.mean <= slowest_ms) continue;
    slowest_ms = node.mean;
    slowest = model->nodes[i];
  }
  if (slowest != NULL) printf("slowest node: %s, %s\n", slowest->name, slowest->operation);
  return EXIT_SUCCESS;
}

// Reports are functions of results, in the library libairunner-report. What it allocates for us is released by it.
static int print_report(const air_result *result) {
  char *text = NULL;
  if (air_result_to_text(result, NULL, &text) != AIR_OK) return fail("result_to_text");
  printf("\n%s", text);
  air_free_text(text);
  return EXIT_SUCCESS;
}

static int run(air_session *session) {
  const uint64_t n_samples = 20;
  air_input_set *set = NULL;
  if (air_make_random_inputs(session, n_samples, NULL, &set) != AIR_OK) return fail("make_random_inputs");

  // What the caller fills begins with its size; all else is zero by default.
  const air_invoke_options options = {
      .struct_size = sizeof options,
      .mode = AIR_MODE_PER_LAYER,
      .timeout_ms = 60000,  // a limit for the whole call
      .warmup = 5,          // run first and not recorded: caches are warm afterwards
  };
  const air_result *result = NULL;
  const air_status status = air_invoke(session, n_samples, set->inputs, set->n, NULL, 0, &options, NULL, &result);
  air_free_inputs(set);
  if (status != AIR_OK) return fail("invoke");
  int code = print_slowest(result);
  if (code == EXIT_SUCCESS) code = print_report(result);
  air_release_result(result);
  return code;
}

int main(int argc, char **argv) {
  air_runner *runner = NULL;
  if (air_connect(argc > 1 ? argv[1] : "null:", NULL, &runner) != AIR_OK) return fail("connect");
  air_session *session = NULL;
  const int code = air_get_session(runner, NULL, &session) == AIR_OK ? run(session) : fail("get_session");
  air_disconnect(runner);
  return code;
}
