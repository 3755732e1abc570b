// SPDX-License-Identifier: BSD-3-Clause
// Results in files, repeated and compared, with the null model: round trips, limits, and wrong use of every kind.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airunner_report.h"
#include "capi.h"
#include "system.h"

enum { N = 3 };

static air_runner *runner;
static air_session *session;
static null_io io;
static char folder[] = "/tmp/airunner-capi-XXXXXX";
static char path[sizeof(folder) + 32];

enum { EVERYTHING = AIR_MODE_KEEP_INPUTS | AIR_MODE_PER_LAYER_WITH_DATA };

static const air_result *recorded(air_session *of, uint32_t mode) {
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode};
  return null_invoke_kept(of, &io, &options, NULL);
}

static const air_comparison *compared(const air_result *a, const air_result *b, const air_compare_options *options) {
  const air_comparison *comparison = NULL;
  CHECK_OK(air_compare(a, b, options, &comparison));
  return comparison;
}

static int setup(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  null_io_init(&io, N);
  if (make_unique_folder(folder) == NULL) return -1;
  snprintf(path, sizeof(path), "%s/result.npz", folder);
  return 0;
}

static int teardown(void **state) {
  air_disconnect(runner);
  remove(path);
  return rmdir(folder);
}

static void check_recorded(const air_result *result) {
  const air_model *model = air_get_result_model(result);
  assert_string_equal(model->name, "network");
  assert_string_equal(model->backend, "null");
  assert_string_equal(model->descriptor, "null:");
  assert_int_equal(model->capabilities, model_of(session)->capabilities);
  assert_string_equal(air_get_property(model, "host"), air_get_host());
  assert_memory_equal(tensor_of(result, AIR_PLACE_INPUT, 0, 0, AIR_ALL_SAMPLES).data, io.in1, sizeof(io.in1[0]) * N);
  assert_memory_equal(tensor_of(result, AIR_PLACE_INPUT, 0, 1, AIR_ALL_SAMPLES).data, io.in2, sizeof(io.in2[0]) * N);
  null_check_result(&io, result, N);
  null_check_nodes(&io, result, N);
}

static void test_a_result_survives_its_runner(void **state) {
  air_runner *other = connect_to("null:");
  const air_result *result = recorded(first_session(other), EVERYTHING);
  CHECK_OK(air_disconnect(other));
  check_recorded(result);
  assert_null(air_get_property(air_get_result_model(result), "file"));
  air_release_result(result);
}

static void test_saved_and_loaded_it_is_the_same(void **state) {
  const air_result *result = recorded(session, EVERYTHING);
  const air_result *loaded = NULL;
  CHECK_OK(air_save_result(result, path));
  CHECK_OK(air_load_result(path, &loaded));
  check_recorded(loaded);
  assert_string_equal(air_get_property(air_get_result_model(loaded), "file"), path);
  assert_true(profile_of(loaded)->begin_unix_ms / 1000 == profile_of(result)->begin_unix_ms / 1000);
  // Everything that is known of model and nodes came along: the reports of both say the same.
  const air_comparison *one = compared(result, result, NULL);
  const air_comparison *two = compared(loaded, loaded, NULL);
  char *first = NULL;
  char *second = NULL;
  CHECK_OK(air_comparison_to_json(one, AIR_JSON_COMPACT, &first));
  CHECK_OK(air_comparison_to_json(two, AIR_JSON_COMPACT, &second));
  assert_non_null(strstr(second, path));
  const char *model = strstr(first, "\"info\"");
  const char *loaded_model = strstr(second, "\"info\"");
  assert_non_null(model);
  assert_non_null(loaded_model);
  const size_t length = (size_t)(strstr(model, "\"other\"") - model);
  assert_true(length > 1000);
  assert_memory_equal(model, loaded_model, length);
  assert_string_equal(strstr(first, "\"limits\":[{"), strstr(second, "\"limits\":[{"));
  air_free_text(first);
  air_free_text(second);
  air_release_comparison(one);
  air_release_comparison(two);
  air_release_result(result);
  air_release_result(loaded);
}

static void test_io_only_leaves_the_nodes_out(void **state) {
  const air_result *result = recorded(session, AIR_MODE_KEEP_INPUTS);
  const air_comparison *comparison = compared(result, result, NULL);
  assert_int_equal(comparison->n_nodes, 0);
  assert_int_equal(comparison->first_diverging, -1);
  assert_int_equal(comparison->passed, 1);
  air_release_comparison(comparison);
  air_release_result(result);
}

static void test_repeated_it_is_equal(void **state) {
  const air_result *result = recorded(session, EVERYTHING);
  air_input_set *inputs = NULL;
  CHECK_OK(air_convert_inputs(session, result, &inputs));
  const air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
  const air_result *again = NULL;
  CHECK_OK(air_invoke(session, N, inputs->inputs, inputs->n, NULL, 0, &options, NULL, &again));
  air_free_inputs(inputs);
  const air_comparison *comparison = compared(result, again, NULL);
  assert_int_equal(comparison->passed, 1);
  assert_int_equal(comparison->n_samples, N);
  assert_int_equal(comparison->n_inputs, 2);
  assert_int_equal(comparison->n_outputs, 2);
  assert_int_equal(comparison->n_matched, N_NODES);
  assert_int_equal(comparison->n_nodes, N_NODES);
  assert_int_equal(comparison->n_limits, 1);
  assert_int_equal(comparison->limits[0].metric, AIR_METRIC_COS);
  for (uint32_t i = 0; i < N_NODES; ++i) {
    assert_int_equal(comparison->nodes[i]->verdict, AIR_VERDICT_EQUAL);
    assert_int_equal(comparison->nodes[i]->reference_index, i);
    assert_int_equal(comparison->nodes[i]->other_index, i);
  }
  const air_tensor_pair *pair = comparison->outputs[0];
  assert_int_equal(pair->n_values, N * N_OUT1);
  assert_true(pair->metrics[AIR_METRIC_COS] == 1);
  assert_true(pair->metrics[AIR_METRIC_MAX_ERROR] == 0);
  assert_int_equal(pair->bins[0], N * N_OUT1);
  air_release_comparison(comparison);
  air_release_result(again);
  air_release_result(result);
}

// A comparison is a value that holds both results: nothing else has to live as long.
static void test_a_comparison_holds_its_results(void **state) {
  air_runner *other = connect_to("null:");
  const air_result *a = recorded(first_session(other), EVERYTHING);
  const air_result *b = recorded(first_session(other), EVERYTHING);
  const air_comparison *comparison = compared(a, b, NULL);
  assert_ptr_equal(air_retain_comparison(comparison), comparison);
  air_release_result(a);
  air_release_result(b);
  CHECK_OK(air_disconnect(other));
  air_release_comparison(comparison);
  check_recorded(comparison->reference);
  check_recorded(comparison->other);
  assert_string_equal(comparison->nodes[1]->reference->name, "quantize");
  char *text = NULL;
  CHECK_OK(air_comparison_to_text(comparison, NULL, &text));
  assert_non_null(strstr(text, "quantize"));
  air_free_text(text);
  air_release_comparison(comparison);
}

// The samples one by one, of both sides; whoever asks behind the last one gets the first again.
typedef struct parts {
  const air_result *results[N][2];
  int next, n_asked;
  uint32_t n_needed[2];  // when it was asked last
  air_status answer;
  int gives_nothing;
} parts;

static air_status next_part(void *user, const air_needed_nodes *needed, const air_result **out_reference,
                            const air_result **out_other) {
  parts *own = user;
  ++own->n_asked;
  own->n_needed[0] = needed->n_reference;
  own->n_needed[1] = needed->n_other;
  if (own->answer != AIR_OK) air_set_error(own->answer, 0, "the cable is out");
  if (own->answer != AIR_OK || own->gives_nothing) return own->answer;
  *out_reference = air_retain_result(own->results[own->next][0]);
  *out_other = air_retain_result(own->results[own->next][1]);
  own->next = (own->next + 1) % N;
  return AIR_OK;
}

static void record_parts(parts *own, air_session *other) {
  const air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
  for (int i = 0; i < N; ++i) {
    null_io one;
    null_io_init(&one, 1);
    memcpy(one.in1[0], io.in1[i], sizeof one.in1[0]);
    memcpy(one.in2[0], io.in2[i], sizeof one.in2[0]);
    own->results[i][0] = null_invoke_kept(session, &one, &options, NULL);
    own->results[i][1] = null_invoke_kept(other, &one, &options, NULL);
  }
}

static void release_parts(parts *own) {
  for (int i = 0; i < 2 * N; ++i) air_release_result(own->results[i / 2][i % 2]);
}

static void check_alike(const air_tensor_pair *pair, const air_tensor_pair *whole) {
  assert_int_equal(pair->n_values, whole->n_values);
  assert_true(pair->reference_values.max == whole->reference_values.max);
  assert_true(pair->other_values.min == whole->other_values.min);
  const air_metric metrics[] = {AIR_METRIC_RMSE, AIR_METRIC_L2R, AIR_METRIC_COS, AIR_METRIC_MAX_ERROR};
  for (size_t i = 0; i < ARRAY_SIZE(metrics); ++i) {
    const double value = pair->metrics[metrics[i]], expected = whole->metrics[metrics[i]];
    assert_true(value == expected || fabs(value - expected) <= 1e-9 * fabs(expected));
  }
}

static void test_parts_come_to_what_the_whole_comes_to(void **state) {
  air_runner *stateful = connect_to("null:?stateful=1");
  air_session *other = first_session(stateful);
  CHECK_OK(air_reset_states(other, NULL));
  const air_result *a = recorded(session, EVERYTHING);
  const air_result *b = recorded(other, EVERYTHING);
  const air_comparison *whole = compared(a, b, NULL);
  double largest = 0;
  for (uint32_t i = 0; i < whole->n_outputs; ++i)
    largest = fmax(largest, whole->outputs[i]->metrics[AIR_METRIC_MAX_ERROR]);
  assert_true(largest > 0);  // there is something to compare

  parts own = {.next = 1};
  CHECK_OK(air_reset_states(other, NULL));
  record_parts(&own, other);
  air_compare_options options = {.struct_size = sizeof options, .next = next_part, .user = &own, .n_samples = N};
  const air_comparison *comparison = compared(own.results[0][0], own.results[0][1], &options);
  assert_int_equal(own.n_asked, N - 1);
  assert_int_equal(own.n_needed[0], whole->n_matched);
  assert_int_equal(own.n_needed[1], whole->n_matched);
  assert_int_equal(comparison->n_samples, N);
  assert_int_equal(comparison->n_outputs, whole->n_outputs);
  assert_int_equal(comparison->n_nodes, whole->n_nodes);
  for (uint32_t i = 0; i < whole->n_inputs; ++i) check_alike(comparison->inputs[i], whole->inputs[i]);
  for (uint32_t i = 0; i < whole->n_outputs; ++i) check_alike(comparison->outputs[i], whole->outputs[i]);
  for (uint32_t i = 0; i < whole->n_nodes; ++i) {
    assert_int_equal(comparison->nodes[i]->verdict, whole->nodes[i]->verdict);
    for (uint32_t k = 0; k < whole->nodes[i]->n_tensors; ++k)
      check_alike(comparison->nodes[i]->tensors[k], whole->nodes[i]->tensors[k]);
  }
  air_release_comparison(comparison);

  const air_comparison *none = NULL;
  const air_result *const first[2] = {own.results[0][0], own.results[0][1]};
  own.answer = AIR_ERROR_IO;
  CHECK_FAILS(AIR_ERROR_IO, air_compare(first[0], first[1], &options, &none));
  CHECK_ERROR_TELLS("the cable is out");
  own.answer = AIR_OK;
  own.gives_nothing = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(first[0], first[1], &options, &none));
  CHECK_ERROR_TELLS("gave no results");
  own.gives_nothing = 0;
  air_release_result(own.results[1][1]);
  own.results[1][1] = air_retain_result(a);  // three samples beside one
  own.next = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare(first[0], first[1], &options, &none));
  options.n_samples = 0;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(first[0], first[1], &options, &none));
  CHECK_ERROR_TELLS("n_samples");
  assert_null(none);
  release_parts(&own);
  air_release_result(a);
  air_release_result(b);
  air_release_comparison(whole);
  CHECK_OK(air_disconnect(stateful));
}

static void test_parts_that_lack_what_is_needed(void **state) {
  parts own = {.next = 1};
  record_parts(&own, session);
  air_drop_node_data(own.results[1][1], NULL, 0);
  const air_compare_options options = {.struct_size = sizeof options, .next = next_part, .user = &own, .n_samples = N};
  const air_comparison *none = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare(own.results[0][0], own.results[0][1], &options, &none));
  CHECK_ERROR_TELLS("have no data of node");
  assert_null(none);
  release_parts(&own);
}

static void test_limits_decide(void **state) {
  const air_result *result = recorded(session, EVERYTHING);
  air_limit limit = {AIR_METRIC_MAX_ERROR, 0, 0, 0};
  air_compare_options options = {.struct_size = sizeof options, .n_limits = 1, .limits = &limit};
  const air_comparison *comparison = compared(result, result, &options);
  assert_int_equal(comparison->passed, 1);
  air_release_comparison(comparison);
  limit = (air_limit){AIR_METRIC_MEAN, 0, 1, INFINITY};
  comparison = compared(result, result, &options);
  assert_int_equal(comparison->passed, 0);
  assert_int_equal(comparison->outputs[0]->broken, 1U << AIR_METRIC_MEAN);
  air_release_comparison(comparison);
  const air_comparison *none = NULL;
  limit = (air_limit){(air_metric)100, 0, 0, 1};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  limit = (air_limit){AIR_METRIC_COS, 0, 1, 0};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  limit = (air_limit){AIR_METRIC_COS, 0, 2, INFINITY};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  limit = (air_limit){AIR_METRIC_RMSE, 0, -INFINITY, -1};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  limit = (air_limit){AIR_METRIC_MAX_ERROR, 0, 1, INFINITY};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  assert_non_null(strstr(air_last_error()->message, "smaller is better: max 1"));
  limit = (air_limit){AIR_METRIC_COS, 0, -1, 0.9};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  limit = (air_limit){AIR_METRIC_COS, 0, NAN, 0};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  limit = (air_limit){AIR_METRIC_COS, 1, 0, 1};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  options.limits = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, &options, &none));
  assert_null(none);
  air_release_result(result);
}

static void test_other_inputs_cannot_be_compared(void **state) {
  const air_result *result = recorded(session, EVERYTHING);
  const air_comparison *comparison = NULL;
  io.in1[1][5] += 1;
  const air_result *other = recorded(session, EVERYTHING);
  io.in1[1][5] -= 1;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare(result, other, NULL, &comparison));
  CHECK_ERROR_TELLS("different inputs");
  air_release_result(other);
  null_io fewer;
  null_io_init(&fewer, N - 1);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
  other = null_invoke_kept(session, &fewer, &options, NULL);
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare(result, other, NULL, &comparison));
  CHECK_ERROR_TELLS("3 and 2 samples");
  assert_null(comparison);
  air_release_result(other);
  air_release_result(result);
}

/** A result that lacks something cannot be saved, compared or repeated; the error names what would bring it. */
static void check_lacks(const air_result *lacking, const air_result *whole, const char *what) {
  const air_comparison *comparison = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare(whole, lacking, NULL, &comparison));
  CHECK_ERROR_TELLS(what);
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare(lacking, whole, NULL, &comparison));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_save_result(lacking, path));
  CHECK_ERROR_TELLS(what);
  assert_null(comparison);
  air_release_result(lacking);
}

static void test_results_that_lack_something(void **state) {
  const air_result *whole = recorded(session, EVERYTHING);
  const air_result *without_inputs = recorded(session, AIR_MODE_PER_LAYER_WITH_DATA);
  air_input_set *inputs = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_convert_inputs(session, without_inputs, &inputs));
  CHECK_ERROR_TELLS("KEEP_INPUTS");
  assert_null(inputs);
  check_lacks(without_inputs, whole, "KEEP_INPUTS");

  air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_KEEP_INPUTS};
  check_lacks(null_invoke(session, &io, &options, NULL), whole, "outputs");
  options.mode |= AIR_MODE_PERF_ONLY;
  check_lacks(null_invoke_kept(session, &io, &options, NULL), whole, "outputs");
  options.mode = AIR_MODE_KEEP_INPUTS;
  options.io_mode = AIR_IO_DEQUANTIZE;
  check_lacks(null_invoke_kept(session, &io, &options, NULL), whole, "DEQUANTIZE");
  air_release_result(whole);
}

static void test_wrong_use(void **state) {
  const air_result *result = recorded(session, EVERYTHING);
  const air_result *none = NULL;
  const air_comparison *comparison = NULL;
  air_input_set *inputs = NULL;
  char *text = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_save_result(NULL, path));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_save_result(result, NULL));
  CHECK_FAILS(AIR_ERROR_IO, air_save_result(result, "/nowhere/at/all.npz"));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_load_result(NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_load_result(path, NULL));
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_load_result("/nowhere/at/all.npz", &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_convert_inputs(NULL, result, &inputs));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_convert_inputs(session, NULL, &inputs));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_convert_inputs(session, result, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(NULL, result, NULL, &comparison));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, NULL, NULL, &comparison));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare(result, result, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_json(NULL, 0, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_text(NULL, NULL, &text));
  comparison = compared(result, result, NULL);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_json(comparison, AIR_JSON_DATA, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_json(comparison, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_text(comparison, NULL, NULL));
  air_release_comparison(comparison);
  assert_null(none);
  assert_null(inputs);
  assert_null(text);
  air_release_result(result);
}

static void test_names(void **state) {
  assert_string_equal(air_metric_name(AIR_METRIC_ACC), "acc");
  assert_string_equal(air_metric_name(AIR_METRIC_MAX_ERROR), "max_error");
  assert_null(air_metric_name((air_metric)(AIR_METRIC_MAX_ERROR + 1)));
  assert_string_equal(air_verdict_name(AIR_VERDICT_QUANTIZATION), "quantization");
  assert_string_equal(air_verdict_name(AIR_VERDICT_OWN_ERROR), "own error");
  assert_string_equal(air_verdict_name(AIR_VERDICT_NO_DATA), "no data");
  assert_string_equal(air_verdict_name((air_verdict)8), "unknown");
}

static void write_bytes(const char *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

// Whatever is cut off or changed, loading gives a result or a plain refusal.
static void test_damaged_files(void **state) {
  const air_result *result = recorded(session, EVERYTHING);
  CHECK_OK(air_save_result(result, path));
  air_release_result(result);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  const size_t size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(size);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, size, file), size);
  fclose(file);
  const air_result *loaded = NULL;
  for (size_t length = 0; length < size; length += 1 + size / 97) {
    write_bytes(bytes, length);
    CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_load_result(path, &loaded));
  }
  uint32_t random = 1;
  unsigned n_refused = 0;
  for (int i = 0; i < 200; ++i) {
    random = random * 1664525U + 1013904223U;
    const size_t place = (random >> 4) % size;
    bytes[place] = (char)(bytes[place] ^ 0x55);
    write_bytes(bytes, size);
    const air_status status = air_load_result(path, &loaded);
    bytes[place] = (char)(bytes[place] ^ 0x55);
    if (status == AIR_OK) {
      air_release_result(loaded);
    } else {
      assert_int_equal(status, AIR_ERROR_INVALID_INPUT);
      ++n_refused;
    }
  }
  assert_true(n_refused > 100);
  free(bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_result_survives_its_runner),
      cmocka_unit_test(test_saved_and_loaded_it_is_the_same),
      cmocka_unit_test(test_io_only_leaves_the_nodes_out),
      cmocka_unit_test(test_repeated_it_is_equal),
      cmocka_unit_test(test_a_comparison_holds_its_results),
      cmocka_unit_test(test_parts_come_to_what_the_whole_comes_to),
      cmocka_unit_test(test_parts_that_lack_what_is_needed),
      cmocka_unit_test(test_limits_decide),
      cmocka_unit_test(test_other_inputs_cannot_be_compared),
      cmocka_unit_test(test_results_that_lack_something),
      cmocka_unit_test(test_wrong_use),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_damaged_files),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
