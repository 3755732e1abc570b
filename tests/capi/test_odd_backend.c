// SPDX-License-Identifier: BSD-3-Clause
// A plugin that answers nonsense (plugins/odd.c) gives an error that names the backend's fault; nothing crashes.
#include <stdio.h>
#include <string.h>

#include "capi.h"
#include "folders.h"

static char odd_path[FOLDER_PATH];
static const char *odd_paths[] = {odd_path};

static air_status connect_odd(const char *how, air_runner **runner) {
  plugin_path("odd", odd_path);
  air_connect_options options = AIR_CONNECT_OPTIONS_INIT;
  options.plugin_paths = odd_paths;
  options.n_plugin_paths = 1;
  char descriptor[64];
  snprintf(descriptor, sizeof descriptor, "odd:%s", how);
  *runner = NULL;
  return air_connect(descriptor, &options, runner);
}

static air_status run_odd(air_runner *runner, uint32_t mode) {
  const float x[] = {1.0f, 2.0f, 3.0f, 4.0f};
  float y[4];
  const air_buffer in = {.data = (void *)(uintptr_t)x, .size_bytes = sizeof x};
  const air_buffer out = {.data = y, .size_bytes = sizeof y};
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  return air_invoke(first_session(runner), 2, &in, 1, &out, 1, &options);
}

/** Everything that reads the description or the measurements. */
static void read_all(air_runner *runner) {
  air_session *session = first_session(runner);
  char *text = NULL;
  if (air_info_to_json(session, 0, &text) == AIR_OK) air_free_text(text);
  air_text_options verbose = AIR_TEXT_OPTIONS_INIT;
  verbose.verbose = 1;
  if (air_info_to_text(session, &verbose, &text) == AIR_OK) air_free_text(text);
  if (air_profile_to_json(session, AIR_JSON_DATA, &text) == AIR_OK) air_free_text(text);
  if (air_profile_to_text(session, &verbose, &text) == AIR_OK) air_free_text(text);
  if (air_profile_to_csv(session, &text) == AIR_OK) air_free_text(text);
}

static void test_ordinary(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_odd("", &runner));
  CHECK_OK(run_odd(runner, AIR_MODE_PER_LAYER_WITH_DATA));
  assert_int_equal(profile_of(first_session(runner))->n_nodes, 1);
  read_all(runner);
  air_disconnect(runner);
}

static void test_connect_that_fails_oddly(void **state) {
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, connect_odd("silent_failure", &runner));
  CHECK_FAILS(AIR_ERROR_INTERNAL, connect_odd("unknown_status", &runner));
  CHECK_FAILS(AIR_ERROR_INTERNAL, connect_odd("null_connection", &runner));
  CHECK_FAILS(AIR_ERROR_IO, connect_odd("null_message", &runner));
  assert_null(runner);
}

static void test_descriptions_that_cannot_be(void **state) {
  static const char *const refused[] = {"no_models",
                                        "null_models",
                                        "null_model",
                                        "null_descriptor",
                                        "null_name",
                                        "null_runtime",
                                        "null_device",
                                        "null_inputs",
                                        "null_outputs",
                                        "null_tensor",
                                        "null_tensor_name",
                                        "null_shape",
                                        "no_batch",
                                        "small_model",
                                        "small_tensor",
                                        "small_info",
                                        "dtype",
                                        "rank",
                                        "negative",
                                        "overflow",
                                        "size",
                                        "elements",
                                        "scales",
                                        "no_scales",
                                        "null_pools",
                                        "null_attributes",
                                        "null_info"};
  for (size_t i = 0; i < ARRAY_SIZE(refused); ++i) {
    air_runner *runner = NULL;
    const air_status status = connect_odd(refused[i], &runner);
    if (status != AIR_ERROR_INTERNAL) fail_msg("odd:%s: %s", refused[i], air_status_name(status));
    CHECK_FAILS(AIR_ERROR_INTERNAL, status);
    assert_null(runner);
  }
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_IO, connect_odd("info_fails", &runner));
  CHECK_FAILS(AIR_ERROR_INTERNAL, connect_odd("encoding", &runner));
}

// A text that is missing may be refused or shown as empty.
static void test_missing_texts(void **state) {
  static const char *const tried[] = {"null_texts", "null_runtime_name", "null_device_text"};
  for (size_t i = 0; i < ARRAY_SIZE(tried); ++i) {
    air_runner *runner = NULL;
    const air_status status = connect_odd(tried[i], &runner);
    assert_true(status == AIR_OK || status == AIR_ERROR_INTERNAL);
    if (status == AIR_OK) read_all(runner);
    air_disconnect(runner);
  }
}

static void test_runs_that_fail_oddly(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_odd("run_silent", &runner));
  CHECK_FAILS(AIR_ERROR_RUN_FAILED, run_odd(runner, 0));
  air_disconnect(runner);
  CHECK_OK(connect_odd("run_unknown", &runner));
  CHECK_FAILS(AIR_ERROR_INTERNAL, run_odd(runner, 0));
  air_disconnect(runner);
  CHECK_OK(connect_odd("run_result", &runner));
  CHECK_OK(run_odd(runner, 0));
  read_all(runner);
  air_disconnect(runner);
}

static void test_node_events_that_cannot_be(void **state) {
  static const char *const refused[] = {"node_index", "node_small", "node_name",  "node_outputs",
                                        "node_many",  "node_null",  "event_small"};
  for (size_t i = 0; i < ARRAY_SIZE(refused); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(connect_odd(refused[i], &runner));
    const air_status status = run_odd(runner, AIR_MODE_PER_LAYER_WITH_DATA);
    if (status != AIR_ERROR_INTERNAL) fail_msg("odd:%s: %s", refused[i], air_status_name(status));
    CHECK_FAILS(AIR_ERROR_INTERNAL, status);
    read_all(runner);
    CHECK_OK(run_odd(runner, AIR_MODE_IO_ONLY));
    air_disconnect(runner);
  }
}

static void test_node_events_that_are_survived(void **state) {
  static const char *const tried[] = {"event_counters", "event_sample", "node_repeats"};
  for (size_t i = 0; i < ARRAY_SIZE(tried); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(connect_odd(tried[i], &runner));
    const air_status status = run_odd(runner, AIR_MODE_PER_LAYER_WITH_DATA);
    assert_true(status == AIR_OK || status == AIR_ERROR_INTERNAL);
    read_all(runner);
    air_disconnect(runner);
  }
}

/** As where a shape varies: a block with a hole would show what the memory held before. */
static void test_data_that_are_missing_in_one_sample(void **state) {
  static const char *const tried[] = {"", "data_missing"};
  for (size_t i = 0; i < ARRAY_SIZE(tried); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(connect_odd(tried[i], &runner));
    CHECK_OK(run_odd(runner, AIR_MODE_PER_LAYER_WITH_DATA));
    assert_int_equal(profile_of(first_session(runner))->nodes[0]->data != NULL, i == 0);
    air_disconnect(runner);
  }
}

static void test_claim_without_scheme(void **state) {
  plugin_path("odd", odd_path);
  air_connect_options options = AIR_CONNECT_OPTIONS_INIT;
  options.plugin_paths = odd_paths;
  options.n_plugin_paths = 1;
  air_runner *runner = NULL;
  CHECK_OK(air_connect("odd-claimed", &options, &runner));
  assert_string_equal(air_get_backend(runner), "odd");
  air_disconnect(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ordinary),
      cmocka_unit_test(test_connect_that_fails_oddly),
      cmocka_unit_test(test_descriptions_that_cannot_be),
      cmocka_unit_test(test_missing_texts),
      cmocka_unit_test(test_data_that_are_missing_in_one_sample),
      cmocka_unit_test(test_runs_that_fail_oddly),
      cmocka_unit_test(test_node_events_that_cannot_be),
      cmocka_unit_test(test_node_events_that_are_survived),
      cmocka_unit_test(test_claim_without_scheme),
  };
  return cmocka_run_group_tests_name("odd_backend", tests, NULL, NULL);
}
