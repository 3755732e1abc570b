// SPDX-License-Identifier: BSD-3-Clause
// Captures and comparisons through the public header, with the null model: round trips, limits, and wrong use of every kind.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capi.h"

enum { N = 3 };

static air_runner *runner;
static air_session *session;
static null_io io;
static char folder[] = "/tmp/airunner-capi-XXXXXX";
static char path[sizeof(folder) + 32];

static const air_capture *recorded(const air_invoke_options *options) {
  const air_capture *capture = NULL;
  CHECK_OK(air_record_capture(session, N, io.inputs, 2, options, &capture));
  return capture;
}

static const air_comparison *compared(const air_capture *a, const air_capture *b, const air_compare_options *options) {
  const air_comparison *comparison = NULL;
  CHECK_OK(air_compare_captures(a, b, options, &comparison));
  return comparison;
}

static int setup(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  null_io_init(&io, N);
  if (mkdtemp(folder) == NULL) return -1;
  snprintf(path, sizeof(path), "%s/capture.npz", folder);
  return 0;
}

static int teardown(void **state) {
  air_disconnect(runner);
  remove(path);
  return rmdir(folder);
}

static void check_capture(const air_capture *capture) {
  assert_int_equal(capture->struct_size, sizeof(*capture));
  assert_int_equal(capture->n_samples, N);
  assert_string_equal(capture->backend, "null");
  assert_string_equal(capture->descriptor, air_get_descriptor(runner));
  assert_string_equal(capture->info->name, info_of(session)->name);
  assert_int_equal(capture->info->capabilities, info_of(session)->capabilities);
  assert_memory_equal(capture->inputs[0], io.in1, sizeof(io.in1[0]) * N);
  assert_memory_equal(capture->inputs[1], io.in2, sizeof(io.in2[0]) * N);
  const air_buffer outputs[] = {
      {(void *)(uintptr_t)capture->outputs[0], sizeof(io.out1[0]) * N, NULL, 0, AIR_DTYPE_NONE},
      {(void *)(uintptr_t)capture->outputs[1], sizeof(io.out2[0]) * N, NULL, 0, AIR_DTYPE_NONE}};
  null_check_outputs(&io, outputs, N);
  assert_int_equal(capture->n_nodes, N_NODES);
  for (uint64_t s = 0; s < N; ++s) {
    float scaled[N_IN1];
    null_node_0(&io, s, scaled);
    assert_memory_equal((const char *)capture->nodes[0]->data[0] + s * sizeof(scaled), scaled, sizeof(scaled));
  }
}

static void test_a_capture_has_what_was_computed_and_survives_its_runner(void **state) {
  air_runner *other = connect_to("null:");
  const air_capture *capture = NULL;
  CHECK_OK(air_record_capture(first_session(other), N, io.inputs, 2, NULL, &capture));
  air_disconnect(other);
  check_capture(capture);
  assert_string_equal(capture->file, "");
  air_free_capture(capture);
  air_free_capture(NULL);
}

static void test_saved_and_loaded_it_is_the_same(void **state) {
  const air_capture *capture = recorded(NULL);
  const air_capture *loaded = NULL;
  CHECK_OK(air_save_capture(capture, path));
  CHECK_OK(air_load_capture(path, &loaded));
  check_capture(loaded);
  assert_string_equal(loaded->file, path);
  assert_string_equal(loaded->begin, capture->begin);
  assert_string_equal(loaded->host, air_get_host());
  // Everything that is known of model and nodes came along: the reports of both say the same.
  const air_comparison *one = compared(capture, capture, NULL);
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
  air_free_comparison(one);
  air_free_comparison(two);
  air_free_capture(capture);
  air_free_capture(loaded);
}

static void test_io_only_leaves_the_nodes_out(void **state) {
  const air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  const air_capture *capture = recorded(&options);
  assert_int_equal(capture->n_nodes, 0);
  const air_comparison *comparison = compared(capture, capture, NULL);
  assert_int_equal(comparison->n_nodes, 0);
  assert_int_equal(comparison->first_diverging, -1);
  assert_int_equal(comparison->passed, 1);
  air_free_comparison(comparison);
  air_free_capture(capture);
}

static void test_repeated_it_is_equal(void **state) {
  const air_capture *capture = recorded(NULL);
  const air_capture *again = NULL;
  CHECK_OK(air_repeat_capture(session, capture, NULL, &again));
  const air_comparison *comparison = compared(capture, again, NULL);
  assert_int_equal(comparison->struct_size, sizeof(*comparison));
  assert_int_equal(comparison->passed, 1);
  assert_int_equal(comparison->n_inputs, 2);
  assert_int_equal(comparison->n_outputs, 2);
  assert_int_equal(comparison->n_matched, N_NODES);
  assert_int_equal(comparison->n_nodes, N_NODES);
  assert_int_equal(comparison->n_limits, 1);
  assert_int_equal(comparison->limits[0].metric, AIR_METRIC_COS);
  for (uint32_t i = 0; i < N_NODES; ++i) assert_int_equal(comparison->nodes[i]->verdict, AIR_VERDICT_EQUAL);
  const air_tensor_pair *pair = comparison->outputs[0];
  assert_int_equal(pair->n_values, N * N_OUT1);
  assert_true(pair->metrics[AIR_METRIC_COS] == 1);
  assert_true(pair->metrics[AIR_METRIC_MAX_ERROR] == 0);
  assert_int_equal(pair->bins[0], N * N_OUT1);
  air_free_comparison(comparison);
  air_free_comparison(NULL);
  air_free_capture(again);
  air_free_capture(capture);
}

static void test_limits_decide(void **state) {
  const air_capture *capture = recorded(NULL);
  air_limit limit = {AIR_METRIC_MAX_ERROR, 0, 0, 0};
  air_compare_options options = AIR_COMPARE_OPTIONS_INIT;
  options.n_limits = 1;
  options.limits = &limit;
  const air_comparison *comparison = compared(capture, capture, &options);
  assert_int_equal(comparison->passed, 1);
  air_free_comparison(comparison);
  limit = (air_limit){AIR_METRIC_COS, 0, 2, INFINITY};
  comparison = compared(capture, capture, &options);
  assert_int_equal(comparison->passed, 0);
  assert_int_equal(comparison->outputs[0]->broken, 1U << AIR_METRIC_COS);
  air_free_comparison(comparison);
  const air_comparison *none = NULL;
  limit = (air_limit){(air_metric)100, 0, 0, 1};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_captures(capture, capture, &options, &none));
  limit = (air_limit){AIR_METRIC_COS, 0, 1, 0};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_captures(capture, capture, &options, &none));
  limit = (air_limit){AIR_METRIC_COS, 0, NAN, 0};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_captures(capture, capture, &options, &none));
  options.limits = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_captures(capture, capture, &options, &none));
  assert_null(none);
  air_free_capture(capture);
}

static void test_other_inputs_cannot_be_compared(void **state) {
  const air_capture *capture = recorded(NULL);
  const air_capture *other = NULL;
  const air_comparison *comparison = NULL;
  io.in1[1][5] += 1;
  CHECK_OK(air_record_capture(session, N, io.inputs, 2, NULL, &other));
  io.in1[1][5] -= 1;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare_captures(capture, other, NULL, &comparison));
  CHECK_ERROR_TELLS("different inputs");
  air_free_capture(other);
  null_io fewer;
  null_io_init(&fewer, N - 1);
  CHECK_OK(air_record_capture(session, N - 1, fewer.inputs, 2, NULL, &other));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare_captures(capture, other, NULL, &comparison));
  CHECK_ERROR_TELLS("3 and 2 samples");
  air_free_capture(other);
  air_free_capture(capture);
}

static air_action stop(void *user, const air_sample_event *event) {
  return AIR_STOP;
}

static void test_wrong_use(void **state) {
  const air_capture *capture = recorded(NULL);
  const air_capture *none = NULL;
  const air_comparison *comparison = NULL;
  char *text = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_record_capture(NULL, N, io.inputs, 2, NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_record_capture(session, N, io.inputs, 2, NULL, NULL));
  CHECK_REFUSED(air_record_capture(session, N, NULL, 2, NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_record_capture(session, 0, io.inputs, 2, NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_record_capture(session, N, io.inputs, 1, NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_record_capture(session, UINT64_MAX / 2, io.inputs, 2, NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_repeat_capture(session, NULL, NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_repeat_capture(NULL, capture, NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_save_capture(NULL, path));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_save_capture(capture, NULL));
  CHECK_FAILS(AIR_ERROR_IO, air_save_capture(capture, "/nowhere/at/all.npz"));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_load_capture(NULL, &none));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_load_capture("/nowhere/at/all.npz", &none));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_captures(NULL, capture, NULL, &comparison));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_captures(capture, NULL, NULL, &comparison));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_captures(capture, capture, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_json(NULL, 0, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_text(NULL, NULL, &text));
  comparison = compared(capture, capture, NULL);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_json(comparison, AIR_JSON_DATA, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_comparison_to_json(comparison, 0, NULL));
  air_free_comparison(comparison);

  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.io_mode = AIR_IO_DEQUANTIZE;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_record_capture(session, N, io.inputs, 2, &options, &none));
  options = (air_invoke_options)AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PERF_ONLY;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_record_capture(session, N, io.inputs, 2, &options, &none));
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.on_sample_end = stop;
  options.mode = AIR_MODE_IO_ONLY;
  options.callbacks = &callbacks;
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_record_capture(session, N, io.inputs, 2, &options, &none));
  assert_null(none);
  assert_null(text);
  // And the session is as usable as before.
  air_free_capture(recorded(NULL));
  air_free_capture(capture);
}

static void test_names(void **state) {
  assert_string_equal(air_metric_name(AIR_METRIC_ACC), "acc");
  assert_string_equal(air_metric_name(AIR_METRIC_MAX_ERROR), "max_error");
  assert_null(air_metric_name((air_metric)(AIR_METRIC_MAX_ERROR + 1)));
  assert_string_equal(air_verdict_name(AIR_VERDICT_QUANTIZATION), "quantization");
  assert_string_equal(air_verdict_name((air_verdict)7), "unknown");
}

static void write_bytes(const char *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

// Whatever is cut off or changed, loading gives a capture or a plain refusal.
static void test_damaged_files(void **state) {
  const air_capture *capture = recorded(NULL);
  CHECK_OK(air_save_capture(capture, path));
  air_free_capture(capture);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  const size_t size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(size);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, size, file), size);
  fclose(file);
  const air_capture *loaded = NULL;
  for (size_t length = 0; length < size; length += 1 + size / 97) {
    write_bytes(bytes, length);
    CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_load_capture(path, &loaded));
  }
  uint32_t random = 1;
  unsigned n_refused = 0;
  for (int i = 0; i < 200; ++i) {
    random = random * 1664525U + 1013904223U;
    const size_t place = (random >> 4) % size;
    bytes[place] = (char)(bytes[place] ^ 0x55);
    write_bytes(bytes, size);
    const air_status status = air_load_capture(path, &loaded);
    bytes[place] = (char)(bytes[place] ^ 0x55);
    if (status == AIR_OK) {
      air_free_capture(loaded);
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
      cmocka_unit_test(test_a_capture_has_what_was_computed_and_survives_its_runner),
      cmocka_unit_test(test_saved_and_loaded_it_is_the_same),
      cmocka_unit_test(test_io_only_leaves_the_nodes_out),
      cmocka_unit_test(test_repeated_it_is_equal),
      cmocka_unit_test(test_limits_decide),
      cmocka_unit_test(test_other_inputs_cannot_be_compared),
      cmocka_unit_test(test_wrong_use),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_damaged_files),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
