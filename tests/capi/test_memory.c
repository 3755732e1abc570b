// SPDX-License-Identifier: BSD-3-Clause
// Inputs in memory of the backend (plugins/memory.cpp): it is read without a copy, and may outlive its runner.
#include <pthread.h>
#include <string.h>

#include "capi.h"
#include "folders.h"
#include "system.h"

enum { N = 3, N_ELEMENTS = 4 };

static void *loaded_plugin(void) {
  char path[FOLDER_PATH];
  plugin_path("memory", path);
  return loaded_library(path);
}

/** Blocks of the plugin that are not released; fails the test when it is not loaded. */
static int count_blocks(void) {
  void *plugin = loaded_plugin();
  assert_non_null(plugin);
  int (*count)(void) = NULL;
  void *symbol = symbol_of(plugin, "count_blocks");
  assert_non_null(symbol);
  memcpy(&count, &symbol, sizeof count);
  const int n = count();
  forget_library(plugin);
  return n;
}

static air_runner *connect_memory(const char *descriptor) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("memory", descriptor, NULL, &runner));
  return runner;
}

static air_input_set *make_inputs(air_runner *runner) {
  air_input_set *set = NULL;
  CHECK_OK(air_make_inputs(first_session(runner), N, &set));
  return set;
}

static void test_no_copy(void **state) {
  air_runner *runner = connect_memory("memory:");
  air_input_set *set = make_inputs(runner);
  assert_int_equal(set->n, 2);
  assert_int_equal(count_blocks(), 1);  // the other one is of the library
  static const float zero[N * N_ELEMENTS];
  for (int i = 0; i < 2; ++i) {
    assert_ptr_equal(set->inputs[i].data, set->data[i]);
    assert_int_equal((uintptr_t)set->data[i] % 64, 0);
    assert_int_equal(set->inputs[i].size_bytes, sizeof zero);
    assert_memory_equal(set->data[i], zero, sizeof zero);
    memset(set->data[i], 1, sizeof zero);
  }
  const air_result *result = NULL;
  CHECK_OK(air_invoke(first_session(runner), N, set->inputs, set->n, NULL, 0, NULL, NULL, &result));
  const uint64_t *addresses = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).data;
  for (int s = 0; s < N; ++s) {
    for (int i = 0; i < 2; ++i)
      assert_int_equal(addresses[2 * s + i], (uintptr_t)((const float *)set->data[i] + N_ELEMENTS * s));
  }
  air_release_result(result);
  air_free_inputs(set);
  assert_int_equal(count_blocks(), 0);
  CHECK_OK(air_disconnect(runner));
}

static void test_random_values(void **state) {
  air_runner *runner = connect_memory("memory:");
  air_input_set *set = NULL;
  CHECK_OK(air_make_random_inputs(first_session(runner), N, NULL, &set));
  assert_int_equal(count_blocks(), 1);
  int n_not_zero = 0;
  for (int i = 0; i < N * N_ELEMENTS; ++i) n_not_zero += ((const float *)set->data[0])[i] != 0.0f;
  assert_true(n_not_zero > N);
  air_free_inputs(set);
  assert_int_equal(count_blocks(), 0);
  CHECK_OK(air_disconnect(runner));
}

static void *free_inputs(void *set) {
  air_free_inputs(set);
  return NULL;
}

// The memory keeps the plugin loaded when its runner has gone, and may be released on any thread.
static void test_after_the_runner(void **state) {
  air_runner *runner = connect_memory("memory:");
  air_input_set *first = make_inputs(runner), *second = make_inputs(runner);
  assert_int_equal(count_blocks(), 2);
  CHECK_OK(air_disconnect(runner));
  assert_int_equal(count_blocks(), 2);
  memset(first->data[0], 2, (size_t)first->inputs[0].size_bytes);
  air_free_inputs(first);
  assert_int_equal(count_blocks(), 1);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, free_inputs, second), 0);
  pthread_join(thread, NULL);
  assert_unloaded("memory");
}

static void check_no_memory(const char *descriptor, air_status status, const char *tells) {
  air_runner *runner = connect_memory(descriptor);
  air_input_set *set = NULL;
  CHECK_FAILS(status, air_make_inputs(first_session(runner), N, &set));
  CHECK_ERROR_TELLS(tells);
  CHECK_FAILS(status, air_make_random_inputs(first_session(runner), N, NULL, &set));
  assert_null(set);
  assert_int_equal(count_blocks(), 0);
  CHECK_OK(air_disconnect(runner));
}

static void test_memory_that_cannot_be_used(void **state) {
  check_no_memory("memory:null", AIR_ERROR_INTERNAL,
                  "backend memory: make_memory: memory of 48 bytes for input 0 is NULL");
  check_no_memory("memory:unaligned", AIR_ERROR_INTERNAL, "backend memory: make_memory: memory for input 0 lies at");
  check_no_memory("memory:fails", AIR_ERROR_IO, "the memory is locked");
}

static air_action make_inputs_within(void *user, uint64_t sample) {
  air_input_set *set = NULL;
  CHECK_FAILS(AIR_ERROR_BUSY, air_make_inputs(user, N, &set));
  return AIR_CONTINUE;
}

static void test_during_an_invoke(void **state) {
  air_runner *runner = connect_memory("memory:");
  air_input_set *set = make_inputs(runner);
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks, .user = first_session(runner), .on_sample_begin = make_inputs_within};
  CHECK_OK(air_invoke(first_session(runner), N, set->inputs, set->n, NULL, 0, NULL, &callbacks, NULL));
  air_free_inputs(set);
  CHECK_OK(air_disconnect(runner));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_copy),          cmocka_unit_test(test_random_values),
      cmocka_unit_test(test_after_the_runner), cmocka_unit_test(test_memory_that_cannot_be_used),
      cmocka_unit_test(test_during_an_invoke),
  };
  return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
