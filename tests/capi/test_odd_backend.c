// SPDX-License-Identifier: BSD-3-Clause
// A plugin that answers nonsense (plugins/odd.c) gives an error that names the backend's fault; nothing crashes.
#include <math.h>
#include <stdio.h>
#include <string.h>

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
  assert_int_equal(air_get_result_model(result)->n_nodes, 2);
  assert_true(holds(result, AIR_PLACE_NODE, 0, 0));
  air_release_result(result);
  air_disconnect(runner);
}

static void test_connect_that_fails_oddly(void **state) {
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, connect_odd("silent_failure", &runner));
  CHECK_ERROR_TELLS("backend odd: connect");
  CHECK_FAILS(AIR_ERROR_INTERNAL, connect_odd("unknown_status", &runner));
  CHECK_ERROR_TELLS("backend odd: connect");
  CHECK_ERROR_TELLS("4711");
  CHECK_FAILS(AIR_ERROR_INTERNAL, connect_odd("null_connection", &runner));
  CHECK_ERROR_TELLS("backend odd: connect");
  CHECK_FAILS(AIR_ERROR_IO, connect_odd("null_message", &runner));
  CHECK_FAILS(AIR_ERROR_IO, connect_odd("wild_message", &runner));
  CHECK_ERROR_TELLS("no \xEF\xBF\xBD\xEF\xBF\xBD text");
  assert_null(runner);
}

static void test_descriptions_that_cannot_be(void **state) {
  static const struct {
    const char *how, *told;
  } refused[] = {{"no_models", "no model"},
                 {"null_models", "model is NULL"},
                 {"many_models", "4294967295 models"},
                 {"small_info", "struct_size"},
                 {"null_info", "NULL"},
                 {"foreign_place", "null:"},
                 {"no_place", "scheme"},
                 {"place_option", "colour"},
                 {"null_name", "no name"},
                 {"empty_name", "no name"},
                 {"double_name", "'odd'"},
                 {"null_inputs", "NULL"},
                 {"null_outputs", "NULL"},
                 {"many_inputs", "4294967295"},
                 {"null_pools", "NULL"},
                 {"null_properties", "properties"},
                 {"null_key", "property"},
                 {"null_value", "property"},
                 {"batch", "native_batch"},
                 {"layer_batch", "layer_batch"},
                 {"small_model", "struct_size"},
                 {"caps", "capabilities"},
                 {"caps_states", "capabilities"},
                 {"caps_memory", "capabilities"},
                 {"caps_tests", "capabilities"},
                 {"caps_given", "capabilities"},
                 {"column_name", "column"},
                 {"column_kind", "kind 9"},
                 {"column_twice", "'energy'"},
                 {"column_known", "'time.run'"},
                 {"null_columns", "NULL"},
                 {"null_shape", "I.0"},
                 {"small_tensor", "struct_size"},
                 {"huge_tensor", "struct_size"},
                 {"crooked_tensor", "struct_size"},
                 {"mixed_sizes", "struct_size"},
                 {"dtype", "dtype"},
                 {"no_dtype", "dtype"},
                 {"encoding", "encoding"},
                 {"rank", "dimensions"},
                 {"negative", "negative"},
                 {"open_input", "open dimension"},
                 {"overflow", "too many elements"},
                 {"plain_scales", "scales"},
                 {"null_scales", "scales"},
                 {"few_scales", "scales"},
                 {"nan_scale", "nan"},
                 {"zero_scale", "scale is 0"},
                 {"infinite_scale", "inf"},
                 {"axis", "axis 1"},
                 {"fraction", "1000"},
                 {"packed_floats", "packed bits"},
                 {"node_small", "struct_size"},
                 {"node_outputs", "NULL"},
                 {"node_many", "4294967295"},
                 {"node_property", "properties"},
                 {"nodes_many", "4294967295"},
                 {"computes_in", "77"},
                 {"covers_null", "covers"},
                 {"covers_nobody", "covers node 2"},
                 {"covers_itself", "covers node 0"},
                 {"covers_circle", "covers"}};
  for (size_t i = 0; i < ARRAY_SIZE(refused); ++i) {
    air_runner *runner = NULL;
    const air_status status = connect_odd(refused[i].how, &runner);
    if (status != AIR_ERROR_INTERNAL || !strstr(air_last_error()->message, refused[i].told)) {
      fail_msg("odd:%s: %s: %s", refused[i].how, air_status_name(status), air_last_error()->message);
    }
    CHECK_FAILS(AIR_ERROR_INTERNAL, status);
    CHECK_ERROR_TELLS("backend odd: get_info: ");
    assert_null(runner);
  }
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_IO, connect_odd("info_fails", &runner));
  CHECK_ERROR_TELLS("backend odd: get_info");
}

static const air_model *connect_and_describe(const char *how, air_runner **runner) {
  CHECK_OK(connect_odd(how, runner));
  return model_of(first_session(*runner));
}

static void test_descriptions_made_harmless(void **state) {
  air_runner *runner = NULL;
  const air_model *model = connect_and_describe("wild_name", &runner);
  assert_string_equal(model->name, "o\xEF\xBF\xBD\xEF\xBF\xBD[31m\xEF\xBF\xBD");
  air_session *session = NULL;
  CHECK_OK(air_get_session(runner, model->name, &session));
  air_disconnect(runner);
  model = connect_and_describe("flags", &runner);
  assert_int_equal(model->inputs[0]->flags & ~31u, 0);
  air_disconnect(runner);
}

static void test_what_is_left_out_is_completed(void **state) {
  air_runner *runner = NULL;
  const air_model *model = connect_and_describe("", &runner);
  assert_string_equal(model->descriptor, "odd:");
  assert_string_equal(model->inputs[0]->tag, "I.0");
  assert_string_equal(model->outputs[0]->tag, "O.0");
  assert_int_equal(model->inputs[0]->n_elements, 2);
  assert_int_equal(model->inputs[0]->size_bytes, 8);
  assert_int_equal(model->native_batch, 1);
  assert_true(model->macc == UINT64_MAX && model->weights_bytes == UINT64_MAX && model->states_bytes == UINT64_MAX);
  assert_int_equal(model->n_nodes, 2);
  assert_string_equal(model->nodes[1]->outputs[0]->tag, "N.1.0");
  assert_string_equal(model->nodes[1]->operation, "");
  assert_string_equal(model->nodes[1]->processor, "");
  assert_int_equal(model->nodes[1]->layer, -1);
  assert_int_equal(model->nodes[1]->computes_in, AIR_DTYPE_NONE);
  assert_int_equal(model->n_columns, 4);
  assert_string_equal(model->columns[2]->name, "energy");
  assert_int_equal(model->columns[2]->kind, AIR_KIND_LEVEL);
  assert_int_equal(model->columns[2]->per_node, 0);
  assert_int_equal(model->columns[3]->per_node, 1);
  assert_string_equal(air_get_property(model, "hash"), "1");
  air_disconnect(runner);
  model = connect_and_describe("own_place", &runner);
  assert_string_equal(model->descriptor, "odd:own_place");
  air_disconnect(runner);
  model = connect_and_describe("unknown_scales", &runner);
  assert_int_equal(model->inputs[0]->quantization->known, 0);
  assert_int_equal(model->inputs[0]->quantization->n, 0);
  air_disconnect(runner);
  model = connect_and_describe("covers", &runner);
  assert_int_equal(model->nodes[0]->n_covers, 1);
  assert_int_equal(model->nodes[0]->covers[0], 1);
  air_disconnect(runner);
}

// A plugin of another release has other sizes: what is missing is unknown, what is new is not looked at.
static void test_structs_of_other_releases(void **state) {
  static const char *const sizes[] = {"newer", "older"};
  for (int older = 0; older < 2; ++older) {
    air_runner *runner = NULL;
    const air_model *model = connect_and_describe(sizes[older], &runner);
    assert_int_equal(model->n_inputs, 2);
    for (uint32_t i = 0; i < 2; ++i) {
      assert_int_equal(model->inputs[i]->dtype, AIR_DTYPE_FLOAT32);
      assert_int_equal(model->inputs[i]->shape[0], 2);
    }
    assert_string_equal(model->inputs[0]->name, older ? "input_1" : "t");
    assert_string_equal(model->inputs[1]->name, older ? "input_2" : "t");
    assert_string_equal(model->outputs[0]->name, "t");
    assert_int_equal(model->n_columns, 4);
    air_disconnect(runner);
  }
}

/** Runs of a new connection in this mode; what became of them. */
static air_status try_run(const char *how, uint32_t mode, const air_result **result) {
  air_runner *runner = NULL;
  CHECK_OK(connect_odd(how, &runner));
  const air_status status = run_odd(runner, mode, result);
  air_disconnect(runner);
  return status;
}

static void test_runs_that_fail_oddly(void **state) {
  static const struct {
    const char *how;
    air_status status;
    const char *told;
  } refused[] = {{"run_silent", AIR_ERROR_RUN_FAILED, "without a reason"},
                 {"run_unknown", AIR_ERROR_INTERNAL, "-3"},
                 {"run_internal", AIR_ERROR_INTERNAL, "boom"},
                 {"run_values", AIR_ERROR_INTERNAL, "values"},
                 {"run_null", AIR_ERROR_INTERNAL, "NULL"},
                 {"run_infinite", AIR_ERROR_INTERNAL, "energy is -inf"},
                 {"run_negative", AIR_ERROR_INTERNAL, "time.npu is -1"},
                 {"run_device", AIR_ERROR_INTERNAL, "device_ns is 18446744073709551614"},
                 {"run_time", AIR_ERROR_INTERNAL, "run_ns is 9223372036854775808"},
                 {"open_closed", AIR_ERROR_INTERNAL, "no open dimension"},
                 {"open_nobody", AIR_ERROR_INTERNAL, "output 5"}};
  for (size_t i = 0; i < ARRAY_SIZE(refused); ++i) {
    const air_result *result = NULL;
    CHECK_FAILS(refused[i].status, try_run(refused[i].how, AIR_MODE_IO_ONLY, &result));
    CHECK_ERROR_TELLS(refused[i].told);
    CHECK_ERROR_TELLS("backend odd: run");
    assert_int_equal(profile_of(result)->n_runs, 0);
    air_release_result(result);
  }
}

static void test_measurements_that_may_be_unknown(void **state) {
  const air_result *result = NULL;
  CHECK_OK(try_run("", AIR_MODE_IO_ONLY, &result));
  assert_true(values_of(result, "energy", AIR_WHOLE_RUN)[1] == 1);
  assert_true(values_of(result, "time.npu", AIR_WHOLE_RUN)[1] == 2);
  assert_true(values_of(result, "time.device", AIR_WHOLE_RUN)[0] == 1e-3);
  assert_true(values_of(result, "time.run", AIR_WHOLE_RUN)[0] >= 0);  // the library's own
  air_release_result(result);
  CHECK_OK(try_run("run_nan", AIR_MODE_IO_ONLY, &result));
  assert_null(values_of(result, "energy", AIR_WHOLE_RUN));
  air_release_result(result);
  CHECK_OK(try_run("run_zero", AIR_MODE_IO_ONLY, &result));
  assert_true(values_of(result, "time.device", AIR_WHOLE_RUN)[0] == 0);
  assert_true(values_of(result, "time.run", AIR_WHOLE_RUN)[0] == 0);
  air_release_result(result);
  CHECK_OK(try_run("run_nothing", AIR_MODE_IO_ONLY, &result));
  assert_null(values_of(result, "time.device", AIR_WHOLE_RUN));
  assert_true(values_of(result, "time.run", AIR_WHOLE_RUN)[1] >= 0);
  assert_true(isnan(profile_of(result)->device_ms));
  air_release_result(result);
  CHECK_OK(try_run("run_note", AIR_MODE_IO_ONLY, &result));
  assert_string_equal(air_get_note(result, AIR_WHOLE_RUN, 1), "fell back \xEF\xBF\xBD");
  air_release_result(result);
}

static air_action ignore_node(void *user, const air_node_event *event) {
  ++*(int *)user;
  return AIR_CONTINUE;
}

static void test_node_events_that_cannot_be(void **state) {
  static const struct {
    const char *how, *told;
  } refused[] = {{"event_null", "NULL"},         {"event_node", "node 2"},      {"event_wild", "node 4294967295"},
                 {"event_small", "struct_size"}, {"event_before", "sample"},    {"event_after", "sample"},
                 {"event_many", "2 samples"},    {"event_values", "5 values"},  {"event_no_values", "NULL"},
                 {"event_infinite", "inf"},      {"event_negative", "-5"},      {"event_run_value", "time.run"},
                 {"event_unshared", "energy"},   {"node_twice", "twice"},       {"node_repeats", "twice"},
                 {"describe_far", "node 7"},     {"describe_null", "NULL"},     {"describe_outputs", "node 1"},
                 {"describe_covers", "covers"},  {"describe_itself", "covers"}, {"add_null", "NULL"},
                 {"add_nameless", "name"}};
  for (size_t i = 0; i < ARRAY_SIZE(refused); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(connect_odd(refused[i].how, &runner));
    CHECK_FAILS(AIR_ERROR_INTERNAL, run_and_release(runner, AIR_MODE_PER_LAYER_WITH_DATA));
    CHECK_ERROR_TELLS(refused[i].told);
    CHECK_ERROR_TELLS("backend odd: run: ");
    const int always = strncmp(refused[i].how, "describe", 8) == 0 || strncmp(refused[i].how, "add", 3) == 0;
    if (!always) CHECK_OK(run_and_release(runner, AIR_MODE_IO_ONLY));
    air_disconnect(runner);
  }
}

// Whoever listens to nodes hears of none that cannot be.
static void test_node_that_begins_twice(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_odd("begin_twice", &runner));
  const float x[] = {1.0f, 2.0f};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  int n_begun = 0;
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &n_begun, .on_node_begin = ignore_node};
  CHECK_FAILS(AIR_ERROR_INTERNAL, air_invoke(first_session(runner), 1, &in, 1, NULL, 0, &options, &callbacks, NULL));
  CHECK_ERROR_TELLS("backend odd: run: node 0 begins twice");
  assert_int_equal(n_begun, 1);
  air_disconnect(runner);
}

static void test_node_events_with_unknowns(void **state) {
  const air_result *result = NULL;
  CHECK_OK(try_run("", AIR_MODE_PER_LAYER_WITH_DATA, &result));
  assert_true(values_of(result, "time.device", 0)[1] == 1.0);
  assert_true(values_of(result, "time.npu", 0)[1] == 0.25);
  assert_null(values_of(result, "energy", 0));
  assert_null(values_of(result, "time.device", 1));
  air_release_result(result);
  CHECK_OK(try_run("event_nan", AIR_MODE_PER_LAYER_WITH_DATA, &result));
  assert_null(values_of(result, "time.device", 0));
  assert_true(values_of(result, "time.npu", 0)[0] == 0.25);
  air_release_result(result);
  CHECK_OK(try_run("event_short", AIR_MODE_PER_LAYER_WITH_DATA, &result));
  assert_true(values_of(result, "time.device", 0)[0] == 1.0);
  assert_false(holds(result, AIR_PLACE_NODE, 0, 0));
  air_release_result(result);
  CHECK_OK(try_run("event_note", AIR_MODE_PER_LAYER_WITH_DATA, &result));
  assert_string_equal(air_get_note(result, 0, 0), "\xEF\xBF\xBD");
  air_release_result(result);
}

/** As where a shape varies: a block with a hole would show what the memory held before. */
static void test_data_that_are_missing_in_one_sample(void **state) {
  static const char *const tried[] = {"", "data_missing"};
  for (size_t i = 0; i < ARRAY_SIZE(tried); ++i) {
    const air_result *result = NULL;
    CHECK_OK(try_run(tried[i], AIR_MODE_PER_LAYER_WITH_DATA, &result));
    assert_int_equal(holds(result, AIR_PLACE_NODE, 0, 0), i == 0);
    air_release_result(result);
  }
}

static void test_claim_without_scheme(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("odd", "odd-claimed", NULL, &runner));
  assert_string_equal(model_of(first_session(runner))->backend, "odd");
  assert_string_equal(model_of(first_session(runner))->descriptor, "odd:odd-claimed");
  air_disconnect(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ordinary),
      cmocka_unit_test(test_connect_that_fails_oddly),
      cmocka_unit_test(test_descriptions_that_cannot_be),
      cmocka_unit_test(test_descriptions_made_harmless),
      cmocka_unit_test(test_what_is_left_out_is_completed),
      cmocka_unit_test(test_structs_of_other_releases),
      cmocka_unit_test(test_runs_that_fail_oddly),
      cmocka_unit_test(test_measurements_that_may_be_unknown),
      cmocka_unit_test(test_node_events_that_cannot_be),
      cmocka_unit_test(test_node_that_begins_twice),
      cmocka_unit_test(test_node_events_with_unknowns),
      cmocka_unit_test(test_data_that_are_missing_in_one_sample),
      cmocka_unit_test(test_claim_without_scheme),
  };
  return cmocka_run_group_tests_name("odd_backend", tests, NULL, NULL);
}
