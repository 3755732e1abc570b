// SPDX-License-Identifier: BSD-3-Clause
// A repeated plain invoke allocates nothing: on the null model, and on a model whose descriptor is the first argument.
// Needs count_allocations.c preloaded.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "capi.h"

static const char *descriptor = "null:";
static uint64_t (*count_of_allocations)(void);

typedef struct batch {
  uint64_t n_samples;
  air_buffer *inputs, *outputs;
  const air_model_info *info;
  air_session *session;
} batch;

static air_buffer *buffers_for(const air_tensor_info *const *infos, uint32_t n, uint64_t n_samples) {
  air_buffer *buffers = calloc(n, sizeof *buffers);
  assert_non_null(buffers);
  for (uint32_t i = 0; i < n; ++i) {
    buffers[i].size_bytes = infos[i]->size_bytes * n_samples;
    buffers[i].data = calloc(1, (size_t)buffers[i].size_bytes);
    assert_non_null(buffers[i].data);
  }
  return buffers;
}

static void release(air_buffer *buffers, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) free(buffers[i].data);
  free(buffers);
}

static batch make_batch(air_runner *runner, uint64_t n_samples) {
  batch b = {.n_samples = n_samples, .session = first_session(runner)};
  b.info = info_of(b.session);
  b.inputs = buffers_for(b.info->inputs, b.info->n_inputs, n_samples);
  b.outputs = buffers_for(b.info->outputs, b.info->n_outputs, n_samples);
  CHECK_OK(air_fill_random(b.session, n_samples, b.inputs, b.info->n_inputs, NULL));
  return b;
}

static void free_batch(batch *b) {
  release(b->inputs, b->info->n_inputs);
  release(b->outputs, b->info->n_outputs);
}

/** Allocations of `times` invokes after two that may allocate. */
static uint64_t allocations_of(const batch *b, int own_outputs, const air_invoke_options *options, int times) {
  uint64_t before = 0;
  for (int i = -2; i < times; ++i) {
    if (i == 0) before = count_of_allocations();
    const air_status status =
        air_invoke(b->session, b->n_samples, b->inputs, b->info->n_inputs, own_outputs ? NULL : b->outputs,
                   own_outputs ? 0 : b->info->n_outputs, options);
    if (status != AIR_OK) fail_msg("%s", air_last_error()->message);
  }
  return count_of_allocations() - before;
}

static void test_counter_counts(void **state) {
  const uint64_t before = count_of_allocations();
  void *volatile memory = malloc(10);
  assert_true(count_of_allocations() > before);
  free(memory);
  air_runner *runner = NULL;
  const uint64_t at_connect = count_of_allocations();
  CHECK_OK(air_connect(descriptor, NULL, &runner));
  assert_true(count_of_allocations() > at_connect);
  air_disconnect(runner);
}

static void test_plain_invoke(void **state) {
  static const uint64_t sizes[] = {1, 2, 100};
  air_runner *runner = connect_to(descriptor);
  for (size_t i = 0; i < ARRAY_SIZE(sizes); ++i) {
    batch b = make_batch(runner, sizes[i]);
    assert_int_equal(allocations_of(&b, 0, NULL, 50), 0);
    assert_int_equal(allocations_of(&b, 1, NULL, 50), 0);
    free_batch(&b);
  }
  air_disconnect(runner);
}

static air_action go_on(void *user, uint64_t sample) {
  return AIR_CONTINUE;
}

static void test_plain_invoke_with_options(void **state) {
  air_runner *runner = connect_to(descriptor);
  batch b = make_batch(runner, 10);
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.on_sample_begin = go_on;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.timeout_ms = 100000;
  options.callbacks = &callbacks;
  assert_int_equal(allocations_of(&b, 0, &options, 20), 0);
  options.repeat = 3;
  options.warmup = 2;
  assert_int_equal(allocations_of(&b, 0, &options, 20), 0);
  free_batch(&b);
  air_disconnect(runner);
}

// Not promised, but the way it is built: what a larger batch needed serves smaller ones.
static void test_smaller_batch_after_a_larger_one(void **state) {
  air_runner *runner = connect_to(descriptor);
  batch large = make_batch(runner, 64), small = make_batch(runner, 3);
  allocations_of(&large, 0, NULL, 1);
  assert_int_equal(allocations_of(&small, 0, NULL, 10), 0);
  free_batch(&large);
  free_batch(&small);
  air_disconnect(runner);
}

int main(int argc, char **argv) {
  if (argc > 1) descriptor = argv[1];
  void *counter = dlsym(RTLD_DEFAULT, "air_test_allocations");
  memcpy(&count_of_allocations, &counter, sizeof counter);
  if (!counter) {
    print_message("1..0 # SKIP count_allocations is not preloaded\n");
    return 0;
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_counter_counts),
      cmocka_unit_test(test_plain_invoke),
      cmocka_unit_test(test_plain_invoke_with_options),
      cmocka_unit_test(test_smaller_batch_after_a_larger_one),
  };
  return cmocka_run_group_tests_name("allocations", tests, NULL, NULL);
}
