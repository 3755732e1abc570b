// SPDX-License-Identifier: BSD-3-Clause
// What a profile tells: counts with warm-up and repeats, times, after a failure or a stop; statistics.
#include <math.h>
#include <string.h>
#include <time.h>

#include "capi.h"

static air_runner *runner;
static air_session *session;

static int set_up(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  return 0;
}

static int tear_down(void **state) {
  air_disconnect(runner);
  return 0;
}

static const air_profile *run(air_session *of, uint64_t n, const air_invoke_options *options) {
  null_io io;
  null_io_init(&io, n);
  CHECK_OK(air_invoke(of, n, io.inputs, 2, io.outputs, 2, options));
  null_io_check(&io, n);
  return profile_of(of);
}

static void test_before_any_invoke(void **state) {
  const air_profile *const marker = (const air_profile *)(uintptr_t)0x10;
  const air_profile *profile = marker;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_get_profile(session, &profile));
  assert_ptr_equal(profile, marker);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_profile(NULL, &profile));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_profile(session, NULL));
  char *text = NULL;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_profile_to_json(session, 0, &text));
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_profile_to_text(session, NULL, &text));
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_profile_to_csv(session, &text));
  assert_null(text);
}

static void test_plain(void **state) {
  const air_profile *profile = run(session, 7, NULL);
  assert_true(profile->struct_size >= sizeof *profile);
  assert_int_equal(profile->n_samples, 7);
  assert_int_equal(profile->n_durations, 7);
  assert_int_equal(profile->stopped, 0);
  double sum = 0.0;
  for (uint64_t s = 0; s < 7; ++s) {
    assert_true(profile->durations_ms[s] >= 0.0 && isfinite(profile->durations_ms[s]));
    assert_true(profile->exec_times_ms[s] >= 0.0 && isfinite(profile->exec_times_ms[s]));
    sum += profile->durations_ms[s];
  }
  assert_true(fabs(profile->device_ms - sum) <= 1e-9 + sum * 1e-9);
  assert_true(profile->host_ms >= profile->device_ms * 0.999);
  assert_true(profile->link_ms == 0.0);
  assert_int_equal(profile->link_bytes_sent, 0);
  assert_int_equal(profile->link_bytes_received, 0);
  assert_int_equal(profile->stack_bytes, -1);
  assert_int_equal(profile->heap_bytes, -1);
  assert_string_equal(profile->counter_type, "");
  assert_int_equal(profile->n_counters, 0);
}

static void test_warmup_and_repeat(void **state) {
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER_WITH_DATA;
  options.warmup = 4;
  options.repeat = 3;
  const air_profile *profile = run(session, 5, &options);
  assert_int_equal(profile->n_samples, 5);
  assert_int_equal(profile->n_durations, 15);
  double sum = 0.0;
  for (uint64_t s = 0; s < 15; ++s) sum += profile->durations_ms[s];
  assert_true(fabs(profile->device_ms - sum) <= 1e-9 + sum * 1e-9);
  null_io io;
  null_io_init(&io, 5);
  for (uint64_t s = 0; s < 5; ++s) {
    int8_t quantized[N_OUT1];
    null_node_1(&io, s, quantized);
    assert_memory_equal((const char *)profile->nodes[1]->data[0] + s * N_OUT1, quantized, N_OUT1);
  }
  options.warmup = options.repeat = 0;
  profile = run(session, 5, &options);
  assert_int_equal(profile->n_durations, 5);
}

static void test_warmup_runs_the_model(void **state) {
  air_runner *stateful = connect_to("null:?stateful=1");
  air_session *of = first_session(stateful);
  null_io io;
  null_io_init(&io, 1);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.warmup = 2;
  options.repeat = 3;
  CHECK_OK(air_invoke(of, 1, io.inputs, 2, io.outputs, 2, &options));
  float sums[N_OUT2];
  null_node_3(&io, 0, sums);
  for (int k = 0; k < N_OUT2; ++k) assert_true(io.out2[0][k] == 5.0f * sums[k]);
  air_disconnect(stateful);
}

static void test_time_of_nodes_is_part_of_the_whole(void **state) {
  air_runner *slow = connect_to("null:?delay_ms=8");
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  const air_profile *profile = run(first_session(slow), 2, &options);
  for (uint64_t s = 0; s < 2; ++s) {
    assert_true(profile->durations_ms[s] >= 7.5);
    assert_true(profile->exec_times_ms[s] >= 7.5);
  }
  assert_true(profile->host_ms >= 15.0);
  options.mode = AIR_MODE_PER_LAYER;
  profile = run(first_session(slow), 2, &options);
  for (uint64_t s = 0; s < 2; ++s) {
    double nodes = 0.0;
    for (uint32_t n = 0; n < profile->n_nodes; ++n) nodes += profile->nodes[n]->durations_ms[s];
    assert_true(nodes <= profile->durations_ms[s] * 1.001 + 0.001);
  }
  air_disconnect(slow);
}

static void pause_at_node(void) {
  // Long enough to be seen in the times if it were counted.
  for (volatile int i = 0; i < 3000000; ++i) continue;
}

static air_action slow_callback(void *user, const air_node_event *event) {
  pause_at_node();
  return AIR_CONTINUE;
}

static void test_callbacks_are_not_in_the_times_of_nodes(void **state) {
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.on_node_begin = slow_callback;
  callbacks.on_node_end = slow_callback;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER;
  options.callbacks = &callbacks;
  const air_profile *profile = run(session, 3, &options);
  double nodes = 0.0, exec = 0.0;
  for (uint64_t s = 0; s < 3; ++s) {
    exec += profile->exec_times_ms[s];
    for (uint32_t n = 0; n < profile->n_nodes; ++n) nodes += profile->nodes[n]->durations_ms[s];
  }
  // The model takes microseconds; the callbacks are nearly all of the time the host sees.
  assert_true(nodes < exec * 0.5);
  assert_true(profile->device_ms < exec * 0.5);
}

static void test_after_a_failure(void **state) {
  air_runner *failing = connect_to("null:?fail_sample=3");
  air_session *of = first_session(failing);
  null_io io;
  null_io_init(&io, 6);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER_WITH_DATA;
  CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(of, 6, io.inputs, 2, NULL, 0, &options));
  const air_profile *profile = profile_of(of);
  assert_int_equal(profile->n_samples, 3);
  assert_int_equal(profile->n_durations, 3);
  assert_int_equal(profile->n_nodes, N_NODES);
  int8_t quantized[N_OUT1];
  null_node_1(&io, 2, quantized);
  assert_memory_equal((const char *)profile->nodes[1]->data[0] + 2 * N_OUT1, quantized, N_OUT1);
  assert_true(profile->host_ms >= profile->device_ms * 0.999);
  air_disconnect(failing);
}

static void test_refused_invoke(void **state) {
  null_io io;
  null_io_init(&io, 2);
  io.inputs[0].size_bytes = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  const air_profile *profile = NULL;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_get_profile(session, &profile));
}

static void check_statistics(const double *values, uint64_t count, const double *want) {
  air_statistics got;
  CHECK_OK(air_get_statistics(values, count, &got));
  const double numbers[] = {got.mean, got.std, got.min, got.max, got.p50, got.p90, got.p99};
  assert_int_equal(got.count, count);
  for (size_t i = 0; i < ARRAY_SIZE(numbers); ++i) {
    if (!(fabs(numbers[i] - want[i]) <= 1e-9 * fmax(1.0, fabs(want[i])))) {
      fail_msg("number %d: got %.12g, expected %.12g", (int)i, numbers[i], want[i]);
    }
  }
}

// Percentile p of n sorted values: position p/100 * (n - 1), linear between neighbours, as numpy.percentile.
static void test_statistics(void **state) {
  const double one[] = {3.5}, two[] = {4.0, 2.0}, ten[] = {10, 1, 9, 2, 8, 3, 7, 4, 6, 5}, same[] = {0.1, 0.1, 0.1};
  check_statistics(one, 1, (const double[]){3.5, 0, 3.5, 3.5, 3.5, 3.5, 3.5});
  check_statistics(two, 2, (const double[]){3, 1, 2, 4, 3, 3.8, 3.98});
  check_statistics(ten, 10, (const double[]){5.5, sqrt(8.25), 1, 10, 5.5, 9.1, 9.91});
  check_statistics(same, 3, (const double[]){0.1, 0, 0.1, 0.1, 0.1, 0.1, 0.1});
  double hundred[101];
  for (int i = 0; i <= 100; ++i) hundred[i] = 100 - i;
  check_statistics(hundred, 101, (const double[]){50, sqrt(850.0), 0, 100, 50, 90, 99});
  assert_true(hundred[0] == 100.0);
}

// Two-pass: the square of the mean must not swallow the spread.
static void test_statistics_of_large_offsets(void **state) {
  const double values[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
  check_statistics(values, 4,
                   (const double[]){1e9 + 10, sqrt(22.5), 1e9 + 4, 1e9 + 16, 1e9 + 10, 1e9 + 15.1, 1e9 + 15.91});
  air_statistics got;
  CHECK_OK(air_get_statistics(values, 4, &got));
  assert_true(fabs(got.std - sqrt(22.5)) < 1e-6);
}

static void test_statistics_of_nothing(void **state) {
  air_statistics got, zero;
  memset(&zero, 0, sizeof zero);
  memset(&got, 0xFF, sizeof got);
  CHECK_OK(air_get_statistics(NULL, 0, &got));
  assert_memory_equal(&got, &zero, sizeof zero);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_statistics(NULL, 1, &got));
  const double value = 1.0;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_statistics(&value, 1, NULL));
}

static void test_statistics_of_values(void **state) {
  const float scale = 0.5F;
  const int32_t zero_point = 1;
  const int64_t shape[] = {1, 4};
  const air_tensor_info info = {.struct_size = sizeof info,
                                .name = "t",
                                .tag = "O.0",
                                .dtype = AIR_DTYPE_INT8,
                                .encoding = AIR_ENCODING_QUANTIZED,
                                .rank = 2,
                                .shape = shape,
                                .storage_shape = shape,
                                .n_elements = 4,
                                .size_bytes = 4,
                                .n_scales = 1,
                                .scales = &scale,
                                .zero_points = &zero_point,
                                .quantized_axis = -1};
  const int8_t stored[] = {1, 3, 5, 7, 1, 1, 9, 9};  // 0 1 2 3 0 0 4 4
  air_value_statistics got;
  CHECK_OK(air_get_value_statistics(&info, 2, stored, &got));
  assert_int_equal(got.count, 8);
  assert_int_equal(got.n_zero, 3);
  assert_true(got.min == 0 && got.max == 4 && got.mean == 1.75 && fabs(got.std - sqrt(2.6875)) < 1e-12);
  uint64_t total = 0;
  for (int i = 0; i < AIR_HISTOGRAM_BINS; ++i) total += got.histogram[i];
  assert_int_equal(total, 8);
  assert_int_equal(got.histogram[0], 3);
  assert_int_equal(got.histogram[8], 1);
  assert_int_equal(got.histogram[AIR_HISTOGRAM_BINS - 1], 2);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_value_statistics(NULL, 1, stored, &got));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_value_statistics(&info, 1, NULL, &got));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_value_statistics(&info, 1, stored, NULL));
}

static void test_statistics_of_odd_values(void **state) {
  const int64_t shape[] = {1, 4};
  const air_tensor_info info = {.struct_size = sizeof info,
                                .name = "t",
                                .tag = "O.0",
                                .dtype = AIR_DTYPE_FLOAT32,
                                .rank = 2,
                                .shape = shape,
                                .storage_shape = shape,
                                .n_elements = 4,
                                .size_bytes = 16,
                                .quantized_axis = -1};
  const float mixed[] = {NAN, -INFINITY, 3e38F, -3e38F}, odd[] = {NAN, NAN, INFINITY, NAN}, equal[] = {2, 2, 2, 2};
  air_value_statistics got;
  CHECK_OK(air_get_value_statistics(&info, 1, mixed, &got));
  assert_true(got.count == 4 && got.n_nan == 1 && got.n_inf == 1 && got.mean == 0 && isfinite(got.std));
  assert_true(got.histogram[0] == 1 && got.histogram[AIR_HISTOGRAM_BINS - 1] == 1);
  CHECK_OK(air_get_value_statistics(&info, 1, odd, &got));
  assert_true(got.n_nan == 3 && got.n_inf == 1 && got.min == 0 && got.max == 0 && got.mean == 0 &&
              got.histogram[0] == 0);
  CHECK_OK(air_get_value_statistics(&info, 1, equal, &got));
  assert_true(got.std == 0 && got.histogram[0] == 4);
}

static void test_circumstances(void **state) {
  null_io io;
  null_io_init(&io, 2);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.warmup = 3;
  options.timeout_ms = 60000;
  const int64_t before = (int64_t)time(NULL);
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, &options));
  const air_profile *profile = profile_of(session);
  assert_true(profile->begin_unix_s >= before - 1 && profile->begin_unix_s <= (int64_t)time(NULL));
  assert_int_equal(profile->warmup, 3);
  assert_int_equal(profile->repeat, 1);
  assert_int_equal(profile->timeout_ms, 60000);
  assert_int_equal(profile->io_mode, AIR_IO_STORAGE);
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_before_any_invoke),
      WITH_RUNNER(test_plain),
      WITH_RUNNER(test_warmup_and_repeat),
      WITH_RUNNER(test_warmup_runs_the_model),
      WITH_RUNNER(test_time_of_nodes_is_part_of_the_whole),
      WITH_RUNNER(test_callbacks_are_not_in_the_times_of_nodes),
      WITH_RUNNER(test_after_a_failure),
      WITH_RUNNER(test_refused_invoke),
      WITH_RUNNER(test_statistics),
      WITH_RUNNER(test_statistics_of_large_offsets),
      WITH_RUNNER(test_statistics_of_nothing),
      WITH_RUNNER(test_statistics_of_values),
      WITH_RUNNER(test_statistics_of_odd_values),
      WITH_RUNNER(test_circumstances),
  };
  return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
