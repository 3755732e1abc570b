// SPDX-License-Identifier: BSD-3-Clause
// What a profile tells: counts with warm-up and repeats, times, after a failure or a stop; statistics.
#include <math.h>
#include <string.h>
#include <time.h>

#include "airunner_report.h"
#include "null_session.h"

static const air_result *run(air_session *of, uint64_t n, const air_invoke_options *options,
                             const air_callbacks *callbacks) {
  null_io io;
  null_io_init(&io, n);
  const air_result *result = null_invoke(of, &io, options, callbacks);
  null_io_check(&io, n);
  return result;
}

static double sum_of(const double *values, uint64_t n) {
  double sum = 0.0;
  for (uint64_t i = 0; i < n; ++i) sum += values[i];
  return sum;
}

static double time_of_nodes(const air_result *result) {
  double sum = 0.0;
  for (uint32_t node = 0; node < N_NODES; ++node) {
    sum += sum_of(values_of(result, "time.device", node), profile_of(result)->n_runs);
  }
  return sum;
}

/** Nothing of this kind was measured: the column is not there, or has no values, or nobody knows them. */
static void check_not_measured(const air_result *result, const char *column) {
  const uint32_t index = air_find_column(air_get_result_model(result), column);
  const double *values = index == UINT32_MAX ? NULL : air_get_values(result, index, AIR_WHOLE_RUN);
  if (values && !isnan(values[0])) fail_msg("%s: %g", column, values[0]);
}

static void test_plain(void **state) {
  const air_result *result = run(session, 7, NULL, NULL);
  const air_profile *profile = profile_of(result);
  assert_int_equal(profile->n_samples, 7);
  assert_int_equal(profile->n_runs, 7);
  assert_int_equal(profile->stopped, 0);
  const double *times = values_of(result, "time.device", AIR_WHOLE_RUN);
  const double *whole = values_of(result, "time.run", AIR_WHOLE_RUN);
  for (uint64_t s = 0; s < 7; ++s) {
    assert_true(times[s] >= 0.0 && isfinite(times[s]));
    assert_true(whole[s] >= 0.0 && isfinite(whole[s]));
  }
  const double sum = sum_of(times, 7);
  assert_true(fabs(profile->device_ms - sum) <= 1e-9 + sum * 1e-9);
  assert_true(profile->host_ms >= profile->device_ms * 0.999);
  assert_true(profile->link_ms == 0.0);
  static const char *const absent[] = {"time.link",        "link.sent",    "link.received", "link.packets",
                                       "link.turnarounds", "memory.stack", "memory.heap",   "counter.0"};
  for (size_t i = 0; i < ARRAY_SIZE(absent); ++i) check_not_measured(result, absent[i]);
  air_release_result(result);
}

static void test_warmup_and_repeat(void **state) {
  air_invoke_options options = {
      .struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA, .warmup = 4, .repeat = 3};
  null_io io;
  null_io_init(&io, 5);
  const air_result *result = null_invoke_kept(session, &io, &options, NULL);
  const air_profile *profile = profile_of(result);
  assert_int_equal(profile->n_runs, 15);
  const double sum = sum_of(values_of(result, "time.device", AIR_WHOLE_RUN), 15);
  assert_true(fabs(profile->device_ms - sum) <= 1e-9 + sum * 1e-9);
  null_check_result(&io, result, 5);
  null_check_nodes(&io, result, 5);
  air_release_result(result);
  options.warmup = options.repeat = 0;
  result = run(session, 5, &options, NULL);
  assert_int_equal(profile_of(result)->n_runs, 5);
  assert_int_equal(profile_of(result)->repeat, 1);
  air_release_result(result);
}

static void test_warmup_runs_the_model(void **state) {
  air_runner *stateful = connect_to("null:?stateful=1");
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options, .warmup = 2, .repeat = 3};
  air_release_result(null_invoke(first_session(stateful), &io, &options, NULL));
  float sums[N_OUT2];
  null_node_3(&io, 0, sums);
  for (int k = 0; k < N_OUT2; ++k) assert_true(io.out2[0][k] == 5.0f * sums[k]);
  air_disconnect(stateful);
}

static void test_time_of_nodes_is_part_of_the_whole(void **state) {
  air_runner *slow = connect_to("null:?delay_ms=8");
  const air_result *result = run(first_session(slow), 2, NULL, NULL);
  for (uint64_t s = 0; s < 2; ++s) {
    assert_true(values_of(result, "time.device", AIR_WHOLE_RUN)[s] >= 7.5);
    assert_true(values_of(result, "time.run", AIR_WHOLE_RUN)[s] >= 7.5);
  }
  assert_true(profile_of(result)->host_ms >= 15.0);
  air_release_result(result);

  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  result = run(first_session(slow), 2, &options, NULL);
  for (uint64_t s = 0; s < 2; ++s) {
    double nodes = 0.0;
    for (uint32_t n = 0; n < N_NODES; ++n) nodes += values_of(result, "time.device", n)[s];
    assert_true(nodes <= values_of(result, "time.device", AIR_WHOLE_RUN)[s] * 1.001 + 0.001);
  }
  air_release_result(result);
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
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks, .on_node_begin = slow_callback, .on_node_end = slow_callback};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  const air_result *result = run(session, 3, &options, &callbacks);
  const double whole = sum_of(values_of(result, "time.run", AIR_WHOLE_RUN), 3);
  // The model takes microseconds; the callbacks are nearly all of the time the host sees.
  assert_true(time_of_nodes(result) < whole * 0.5);
  assert_true(profile_of(result)->device_ms < whole * 0.5);
  air_release_result(result);
}

static void test_after_a_failure(void **state) {
  air_runner *failing = connect_to("null:?fail_sample=3");
  null_io io;
  null_io_init(&io, 6);
  const air_invoke_options options = {.struct_size = sizeof options,
                                      .mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_PARTIAL};
  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_RUN_FAILED,
              air_invoke(first_session(failing), 6, io.inputs, 2, NULL, 0, &options, NULL, &result));
  assert_int_equal(profile_of(result)->n_runs, 3);
  null_check_result(&io, result, 3);
  null_check_nodes(&io, result, 3);
  assert_true(profile_of(result)->host_ms >= profile_of(result)->device_ms * 0.999);
  air_release_result(result);
  air_disconnect(failing);
}

static void test_not_finite_inputs(void **state) {
  null_io io;
  null_io_init(&io, 3);
  io.in1[0][0] = io.in1[2][5] = NAN;
  io.in1[1][1] = -INFINITY;
  const air_result *result = null_invoke(session, &io, NULL, NULL);
  const air_profile *profile = profile_of(result);
  assert_int_equal(profile->n_not_finite, 2);
  assert_int_equal(profile->not_finite[0].n_nan, 2);
  assert_int_equal(profile->not_finite[0].n_infinite, 1);
  assert_int_equal(profile->not_finite[1].n_nan, 0);
  assert_int_equal(profile->not_finite[1].n_infinite, 0);
  air_release_result(result);
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

static void test_statistics_leave_out_what_is_not_known(void **state) {
  const double some[] = {NAN, 4.0, NAN, 2.0, NAN}, none[] = {NAN, NAN};
  air_statistics got, zero;
  CHECK_OK(air_get_statistics(some, 5, &got));
  assert_int_equal(got.count, 2);
  assert_true(got.mean == 3.0 && got.std == 1.0 && got.min == 2.0 && got.max == 4.0 && got.p50 == 3.0);
  memset(&zero, 0, sizeof zero);
  CHECK_OK(air_get_statistics(none, 2, &got));
  assert_memory_equal(&got, &zero, sizeof zero);
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
  const int64_t shape[] = {4};
  const air_quantization quantization = {
      .known = 1, .axis = -1, .block = 1, .n = 1, .scales = &scale, .zero_points = &zero_point};
  const air_tensor tensor = {.name = "t",
                             .tag = "O.0",
                             .dtype = AIR_DTYPE_INT8,
                             .encoding = AIR_ENCODING_QUANTIZED,
                             .rank = 1,
                             .shape = shape,
                             .storage_shape = shape,
                             .n_elements = 4,
                             .size_bytes = 4,
                             .quantization = &quantization};
  const int8_t stored[] = {1, 3, 5, 7, 1, 1, 9, 9};  // 0 1 2 3 0 0 4 4
  air_value_statistics got;
  CHECK_OK(air_get_value_statistics(&tensor, 2, stored, &got));
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
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_value_statistics(&tensor, 1, NULL, &got));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_value_statistics(&tensor, 1, stored, NULL));
}

static void test_statistics_of_odd_values(void **state) {
  const int64_t shape[] = {4};
  const air_tensor tensor = {.name = "t",
                             .tag = "O.0",
                             .dtype = AIR_DTYPE_FLOAT32,
                             .rank = 1,
                             .shape = shape,
                             .storage_shape = shape,
                             .n_elements = 4,
                             .size_bytes = 16};
  const float mixed[] = {NAN, -INFINITY, 3e38F, -3e38F}, odd[] = {NAN, NAN, INFINITY, NAN}, equal[] = {2, 2, 2, 2};
  air_value_statistics got;
  CHECK_OK(air_get_value_statistics(&tensor, 1, mixed, &got));
  assert_true(got.count == 4 && got.n_nan == 1 && got.n_inf == 1 && got.mean == 0 && isfinite(got.std));
  assert_true(got.histogram[0] == 1 && got.histogram[AIR_HISTOGRAM_BINS - 1] == 1);
  CHECK_OK(air_get_value_statistics(&tensor, 1, odd, &got));
  assert_true(got.n_nan == 3 && got.n_inf == 1 && got.min == 0 && got.max == 0 && got.mean == 0 &&
              got.histogram[0] == 0);
  CHECK_OK(air_get_value_statistics(&tensor, 1, equal, &got));
  assert_true(got.std == 0 && got.histogram[0] == 4);
}

static void test_circumstances(void **state) {
  const air_invoke_options options = {
      .struct_size = sizeof options, .mode = AIR_MODE_DEBUG, .timeout_ms = 60000, .warmup = 3};
  const int64_t before = (int64_t)time(NULL) * 1000;
  const air_result *result = run(session, 2, &options, NULL);
  const air_profile *profile = profile_of(result);
  assert_true(profile->begin_unix_ms >= before - 1000 && profile->begin_unix_ms <= ((int64_t)time(NULL) + 1) * 1000);
  assert_int_equal(profile->asked_mode, AIR_MODE_DEBUG);
  assert_int_equal(profile->warmup, 3);
  assert_int_equal(profile->repeat, 1);
  assert_int_equal(profile->timeout_ms, 60000);
  assert_int_equal(profile->io_mode, AIR_IO_STORAGE);
  air_release_result(result);
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_plain),
      WITH_RUNNER(test_warmup_and_repeat),
      WITH_RUNNER(test_warmup_runs_the_model),
      WITH_RUNNER(test_time_of_nodes_is_part_of_the_whole),
      WITH_RUNNER(test_callbacks_are_not_in_the_times_of_nodes),
      WITH_RUNNER(test_after_a_failure),
      WITH_RUNNER(test_not_finite_inputs),
      WITH_RUNNER(test_statistics),
      WITH_RUNNER(test_statistics_leave_out_what_is_not_known),
      WITH_RUNNER(test_statistics_of_large_offsets),
      WITH_RUNNER(test_statistics_of_nothing),
      WITH_RUNNER(test_statistics_of_values),
      WITH_RUNNER(test_statistics_of_odd_values),
      WITH_RUNNER(test_circumstances),
  };
  return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
