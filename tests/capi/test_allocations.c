// SPDX-License-Identifier: BSD-3-Clause
// A loop of invoke and release allocates nothing: on the null model, and on a model whose descriptor is the first argument.
// Needs count_allocations.c preloaded.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "capi.h"

static const char *descriptor = "null:";
static uint64_t (*count_of_allocations)(void);

typedef struct batch {
  air_session *session;
  uint64_t n_samples;
  air_input_set *inputs;
  uint32_t n_outputs;
  air_output *outputs;
} batch;

static batch make_batch(air_runner *runner, uint64_t n_samples) {
  batch b = {.session = first_session(runner), .n_samples = n_samples};
  const air_model *model = model_of(b.session);
  CHECK_OK(air_make_random_inputs(b.session, n_samples, NULL, &b.inputs));
  b.n_outputs = model->n_outputs;
  b.outputs = calloc(b.n_outputs, sizeof *b.outputs);
  assert_non_null(b.outputs);
  for (uint32_t i = 0; i < b.n_outputs; ++i) {
    b.outputs[i].size_bytes = model->outputs[i]->size_bytes * n_samples;
    b.outputs[i].data = calloc(1, (size_t)b.outputs[i].size_bytes);
    assert_non_null(b.outputs[i].data);
  }
  return b;
}

static void free_batch(batch *b) {
  for (uint32_t i = 0; i < b->n_outputs; ++i) free(b->outputs[i].data);
  free(b->outputs);
  air_free_inputs(b->inputs);
}

/** What becomes of the results. */
typedef enum keeping { NO_RESULT, RELEASED_AT_ONCE, RELEASED_ONE_CALL_LATER } keeping;

typedef struct way {
  keeping keeping;
  int own_outputs;
  const air_invoke_options *options;
  const air_callbacks *callbacks;
} way;

static const air_result *invoke(const batch *b, const way *w) {
  const air_result *result = NULL;
  const air_status status =
      air_invoke(b->session, b->n_samples, b->inputs->inputs, b->inputs->n, w->own_outputs ? b->outputs : NULL,
                 w->own_outputs ? b->n_outputs : 0, w->options, w->callbacks, w->keeping == NO_RESULT ? NULL : &result);
  if (status != AIR_OK) fail_msg("%s", air_last_error()->message);
  return result;
}

/** Allocations of `times` invokes after as many that may allocate as there are results at once. */
static uint64_t allocations_of(const batch *b, const way *w, int times) {
  const air_result *former = NULL;
  uint64_t before = 0;
  for (int i = w->keeping == RELEASED_ONE_CALL_LATER ? -2 : -1; i < times; ++i) {
    if (i == 0) before = count_of_allocations();
    const air_result *result = invoke(b, w);
    if (w->keeping == RELEASED_ONE_CALL_LATER) {
      air_release_result(former);
      former = result;
    } else {
      air_release_result(result);
    }
  }
  const uint64_t allocations = count_of_allocations() - before;
  air_release_result(former);
  return allocations;
}

static void check_allocates_nothing(const batch *b, const air_invoke_options *options, const air_callbacks *callbacks) {
  for (keeping k = NO_RESULT; k <= RELEASED_ONE_CALL_LATER; ++k) {
    for (int own_outputs = 0; own_outputs < 2; ++own_outputs) {
      const way w = {k, own_outputs, options, callbacks};
      const uint64_t n = allocations_of(b, &w, 50);
      if (n != 0) fail_msg("way %d, own outputs %d: %d allocations", (int)k, own_outputs, (int)n);
    }
  }
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
  for (size_t i = 0; i < ARRAY_SIZE(sizes); ++i) {
    air_runner *runner = connect_to(descriptor);
    batch b = make_batch(runner, sizes[i]);
    check_allocates_nothing(&b, NULL, NULL);
    free_batch(&b);
    air_disconnect(runner);
  }
}

// The memory of conversions is kept as well.
static void test_other_modes(void **state) {
  air_runner *runner = connect_to(descriptor);
  batch b = make_batch(runner, 10);
  static const uint32_t modes[] = {AIR_MODE_FIXED_INPUT, AIR_MODE_PERF_ONLY, AIR_MODE_KEEP_INPUTS};
  for (size_t i = 0; i < ARRAY_SIZE(modes); ++i) {
    const air_invoke_options options = {.struct_size = sizeof options, .mode = modes[i]};
    check_allocates_nothing(&b, &options, NULL);
  }
  const air_invoke_options real = {.struct_size = sizeof real, .io_mode = AIR_IO_DEQUANTIZE};
  for (keeping k = NO_RESULT; k <= RELEASED_ONE_CALL_LATER; ++k) {
    const way w = {k, 0, &real, NULL};
    assert_int_equal(allocations_of(&b, &w, 50), 0);
  }
  air_free_inputs(b.inputs);
  const air_random random = {.seed = 1, .io_mode = AIR_IO_QUANTIZE};
  CHECK_OK(air_make_random_inputs(b.session, b.n_samples, &random, &b.inputs));
  const air_invoke_options converted = {.struct_size = sizeof converted, .io_mode = AIR_IO_QUANTIZE};
  check_allocates_nothing(&b, &converted, NULL);
  free_batch(&b);
  air_disconnect(runner);
}

static air_action go_on(void *user, uint64_t sample) {
  return AIR_CONTINUE;
}

static void test_plain_invoke_with_options(void **state) {
  air_runner *runner = connect_to(descriptor);
  batch b = make_batch(runner, 10);
  air_token *token = air_make_token();
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .on_sample_begin = go_on};
  air_invoke_options options = {.struct_size = sizeof options, .timeout_ms = 100000, .token = token};
  check_allocates_nothing(&b, &options, &callbacks);
  options.repeat = 3;
  options.warmup = 2;
  check_allocates_nothing(&b, &options, &callbacks);
  air_release_token(token);
  free_batch(&b);
  air_disconnect(runner);
}

// Each node's own values are given to it: everything that is new with them is made once.
static void test_given_values(void **state) {
  air_runner *runner = connect_to(descriptor);
  batch b = make_batch(runner, 10);
  const air_invoke_options with_data = {.struct_size = sizeof with_data, .mode = AIR_MODE_PER_LAYER_WITH_DATA};
  const way w = {RELEASED_AT_ONCE, 0, &with_data, NULL};
  const air_result *result = invoke(&b, &w);
  const air_model *model = air_get_result_model(result);
  assert_true((model->capabilities & AIR_CAP_GIVEN) != 0);
  const uint32_t node = 0;
  CHECK_OK(air_prepare(b.session, &node, 1, NULL));
  air_given given[8];
  const uint32_t n = model->nodes[node]->n_outputs;
  assert_true(n > 0 && n <= ARRAY_SIZE(given));
  for (uint32_t k = 0; k < n; ++k) {
    const air_view view = tensor_of(result, AIR_PLACE_NODE, node, k, AIR_ALL_SAMPLES);
    given[k] = (air_given){.node = node, .output = k, .data = view.data, .size_bytes = view.size_bytes};
  }
  const air_invoke_options options = {.struct_size = sizeof options, .given = given, .n_given = n};
  check_allocates_nothing(&b, &options, NULL);
  air_release_result(result);
  free_batch(&b);
  air_disconnect(runner);
}

// Not promised, but the way it is built: what a larger batch needed serves smaller ones.
static void test_smaller_batch_after_a_larger_one(void **state) {
  air_runner *runner = connect_to(descriptor);
  batch large = make_batch(runner, 64), small = make_batch(runner, 3);
  const way w = {RELEASED_AT_ONCE, 0, NULL, NULL};
  allocations_of(&large, &w, 1);
  assert_int_equal(allocations_of(&small, &w, 10), 0);
  free_batch(&large);
  free_batch(&small);
  air_disconnect(runner);
}

// Each result that comes out of the pool may have to grow once.
static void test_larger_batch_after_a_smaller_one(void **state) {
  for (keeping k = NO_RESULT; k <= RELEASED_ONE_CALL_LATER; ++k) {
    air_runner *runner = connect_to(descriptor);
    batch small = make_batch(runner, 2), large = make_batch(runner, 100);
    const way w = {k, 0, NULL, NULL};
    allocations_of(&small, &w, 5);
    allocations_of(&large, &w, 2);
    assert_int_equal(allocations_of(&large, &w, 10), 0);
    free_batch(&small);
    free_batch(&large);
    air_disconnect(runner);
  }
}

// What was kept for the next invoke is given back when asked to, and asked for anew.
static void test_trim(void **state) {
  air_runner *runner = connect_to(descriptor);
  batch b = make_batch(runner, 20);
  const way w = {RELEASED_AT_ONCE, 0, NULL, NULL};
  assert_int_equal(allocations_of(&b, &w, 5), 0);
  air_trim(b.session);
  const uint64_t before = count_of_allocations();
  air_release_result(invoke(&b, &w));
  assert_true(count_of_allocations() > before);
  assert_int_equal(allocations_of(&b, &w, 5), 0);
  free_batch(&b);
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
      cmocka_unit_test(test_other_modes),
      cmocka_unit_test(test_plain_invoke_with_options),
      cmocka_unit_test(test_given_values),
      cmocka_unit_test(test_smaller_batch_after_a_larger_one),
      cmocka_unit_test(test_larger_batch_after_a_smaller_one),
      cmocka_unit_test(test_trim),
  };
  return cmocka_run_group_tests_name("allocations", tests, NULL, NULL);
}
