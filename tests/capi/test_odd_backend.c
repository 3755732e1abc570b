// SPDX-License-Identifier: BSD-3-Clause
// A plugin that answers nonsense (plugins/odd.c) gives an error that names the backend's fault; nothing crashes.
#include <stdio.h>

#include "airunner_report.h"
#include "capi.h"
#include "folders.h"

static air_status connect_odd(const char *how, air_runner **runner) {
  char descriptor[64];
  snprintf(descriptor, sizeof descriptor, "odd:%s", how);
  return connect_through("odd", descriptor, NULL, runner);
}

/** Everything that reads the description or the measurements. */
static void read_all(const air_model *model, const air_result *result) {
  const air_text_options verbose = {.struct_size = sizeof verbose, .verbose = 1};
  char *text = NULL;
  if (air_model_to_json(model, 0, &text) == AIR_OK) air_free_text(text);
  if (air_model_to_text(model, &verbose, &text) == AIR_OK) air_free_text(text);
  if (air_result_to_json(result, AIR_JSON_DATA, &text) == AIR_OK) air_free_text(text);
  if (air_result_to_text(result, &verbose, &text) == AIR_OK) air_free_text(text);
  if (air_result_to_csv(result, &text) == AIR_OK) air_free_text(text);
  if (air_result_to_trace(result, &text) == AIR_OK) air_free_text(text);
}

/** Runs two samples and reads whatever there is then. */
static air_status run_odd(air_runner *runner, uint32_t mode, const air_result **out_result) {
  const float x[] = {1.0f, 2.0f, 3.0f, 4.0f};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode | AIR_MODE_PARTIAL};
  *out_result = NULL;
  const air_status status = air_invoke(first_session(runner), 2, &in, 1, NULL, 0, &options, NULL, out_result);
  const air_error *error = air_retain_error(air_last_error());
  assert_non_null(*out_result);
  read_all(model_of(first_session(runner)), *out_result);
  read_all(air_get_result_model(*out_result), *out_result);
  if (status != AIR_OK) air_set_error(error->status, 0, error->message);
  air_release_error(error);
  return status;
}

static air_status run_and_release(air_runner *runner, uint32_t mode) {
  const air_result *result = NULL;
  const air_status status = run_odd(runner, mode, &result);
  air_release_result(result);
  return status;
}

static void test_ordinary(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_odd("", &runner));
  const air_result *result = NULL;
  CHECK_OK(run_odd(runner, AIR_MODE_PER_LAYER_WITH_DATA, &result));
  assert_int_equal(air_get_result_model(result)->n_nodes, 1);
  assert_true(holds(result, AIR_PLACE_NODE, 0, 0));
  air_release_result(result);
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
  static const char *const refused[] = {"no_models",    "null_models",  "null_model",       "null_descriptor",
                                        "null_name",    "null_runtime", "null_device",      "null_inputs",
                                        "null_outputs", "null_tensor",  "null_tensor_name", "null_shape",
                                        "no_batch",     "small_model",  "small_tensor",     "small_info",
                                        "dtype",        "rank",         "negative",         "two_samples",
                                        "overflow",     "size",         "elements",         "scales",
                                        "no_scales",    "null_pools",   "null_attributes",  "null_info"};
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
    if (status == AIR_OK) CHECK_OK(run_and_release(runner, AIR_MODE_PER_LAYER));
    air_disconnect(runner);
  }
}

static void test_runs_that_fail_oddly(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_odd("run_silent", &runner));
  CHECK_FAILS(AIR_ERROR_RUN_FAILED, run_and_release(runner, 0));
  air_disconnect(runner);
  CHECK_OK(connect_odd("run_unknown", &runner));
  CHECK_FAILS(AIR_ERROR_INTERNAL, run_and_release(runner, 0));
  air_disconnect(runner);
  CHECK_OK(connect_odd("run_result", &runner));
  CHECK_FAILS(AIR_ERROR_INTERNAL, run_and_release(runner, 0));
  CHECK_ERROR_TELLS("counters");
  air_disconnect(runner);
}

static void test_node_events_that_cannot_be(void **state) {
  static const char *const refused[] = {"node_index", "node_small", "node_name",  "node_outputs",
                                        "node_many",  "node_null",  "event_small"};
  for (size_t i = 0; i < ARRAY_SIZE(refused); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(connect_odd(refused[i], &runner));
    const air_status status = run_and_release(runner, AIR_MODE_PER_LAYER_WITH_DATA);
    if (status != AIR_ERROR_INTERNAL) fail_msg("odd:%s: %s", refused[i], air_status_name(status));
    CHECK_FAILS(AIR_ERROR_INTERNAL, status);
    CHECK_OK(run_and_release(runner, AIR_MODE_IO_ONLY));
    air_disconnect(runner);
  }
}

static void test_node_events_that_are_survived(void **state) {
  static const char *const tried[] = {"event_counters", "event_sample", "node_repeats"};
  for (size_t i = 0; i < ARRAY_SIZE(tried); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(connect_odd(tried[i], &runner));
    const air_status status = run_and_release(runner, AIR_MODE_PER_LAYER_WITH_DATA);
    assert_true(status == AIR_OK || status == AIR_ERROR_INTERNAL);
    air_disconnect(runner);
  }
}

/** As where a shape varies: a block with a hole would show what the memory held before. */
static void test_data_that_are_missing_in_one_sample(void **state) {
  static const char *const tried[] = {"", "data_missing"};
  for (size_t i = 0; i < ARRAY_SIZE(tried); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(connect_odd(tried[i], &runner));
    const air_result *result = NULL;
    CHECK_OK(run_odd(runner, AIR_MODE_PER_LAYER_WITH_DATA, &result));
    assert_int_equal(holds(result, AIR_PLACE_NODE, 0, 0), i == 0);
    air_release_result(result);
    air_disconnect(runner);
  }
}

static void test_claim_without_scheme(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("odd", "odd-claimed", NULL, &runner));
  assert_string_equal(model_of(first_session(runner))->backend, "odd");
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
