// SPDX-License-Identifier: BSD-3-Clause
// Where does the time go? Runs 20 samples in PER_LAYER mode, reads the profile, and prints the library's own report.
//
//     per_layer [descriptor]
#include "example.h"

// The profile is a read-only view of what the last invoke measured. It stays valid until the next invoke or disconnect.
static int print_profile(const air_session *session) {
  const air_profile *profile = NULL;
  if (air_get_profile(session, &profile) != AIR_OK) return fail("get_profile");

  air_statistics total;
  if (air_get_statistics(profile->durations_ms, profile->n_durations, &total) != AIR_OK) return fail("get_statistics");
  printf("%llu samples, mean %.4f ms, p99 %.4f ms\n", (unsigned long long)total.count, total.mean, total.p99);

  // Not every model can tell its nodes: the mode that was granted is in the profile, and n_nodes is 0 without PER_LAYER.
  const air_node_profile *slowest = NULL;
  double slowest_ms = -1.0;
  for (uint32_t i = 0; i < profile->n_nodes; i++) {
    air_statistics node;
    if (air_get_statistics(profile->nodes[i]->durations_ms, profile->n_durations, &node) != AIR_OK) continue;
    if (node.mean > slowest_ms) {
      slowest_ms = node.mean;
      slowest = profile->nodes[i];
    }
  }
  if (slowest != NULL) printf("slowest node: %s, %s\n", slowest->info->name, slowest->info->description);

  // The same as a table for people. What the library allocates for us is released by the library.
  char *text = NULL;
  if (air_profile_to_text(session, NULL, &text) != AIR_OK) return fail("profile_to_text");
  printf("\n%s", text);
  air_free_text(text);
  return EXIT_SUCCESS;
}

static int run(air_session *session) {
  const air_model_info *info = NULL;
  if (air_get_info(session, &info) != AIR_OK) return fail("get_info");

  const uint64_t n_samples = 20;
  air_buffer *inputs = new_random_inputs(session, info, n_samples);
  if (inputs == NULL) return fail("random inputs");

  // Options start from the INIT macro: it writes struct_size and leaves the rest zero, which means "default".
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER;
  options.warmup = 5;          // run first and not recorded: caches are warm afterwards
  options.timeout_ms = 60000;  // a limit for the whole call
  int result = air_invoke(session, n_samples, inputs, info->n_inputs, NULL, 0, &options) == AIR_OK
                   ? print_profile(session)
                   : fail("invoke");
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
