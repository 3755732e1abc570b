// SPDX-License-Identifier: BSD-3-Clause
// air_fill_random() on the null model: the values of numpy.random.RandomState(42), ranges, wrong use. The other dtypes are
// tested in tests/unit.
#include <math.h>
#include <string.h>

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

static void test_values_of_seed_42(void **state) {
  static const float want[] = {-0.25091976f, 0.90142864f, 0.46398789f, 0.19731697f, -0.68796271f, -0.68801093f};
  null_io io, again;
  null_io_init(&io, 3);
  CHECK_OK(air_fill_random(session, 3, io.inputs, 2, NULL));
  for (size_t i = 0; i < ARRAY_SIZE(want); ++i) assert_true(fabsf(io.in1[0][i] - want[i]) < 1e-7f);
  null_io_init(&again, 3);
  const air_random_options options = AIR_RANDOM_OPTIONS_INIT;
  CHECK_OK(air_fill_random(session, 3, again.inputs, 2, &options));
  assert_memory_equal(io.in1, again.in1, sizeof io.in1);
  assert_memory_equal(io.in2, again.in2, sizeof io.in2);
  null_io untouched;
  null_io_init(&untouched, 3);
  assert_memory_equal(io.in1[3], untouched.in1[3], sizeof io.in1[3]);
  assert_memory_equal(io.in2[3], untouched.in2[3], sizeof io.in2[3]);
}

static void test_seeds_differ(void **state) {
  null_io a, b;
  null_io_init(&a, 1);
  null_io_init(&b, 1);
  air_random_options options = AIR_RANDOM_OPTIONS_INIT;
  options.seed = 43;
  CHECK_OK(air_fill_random(session, 1, a.inputs, 2, NULL));
  CHECK_OK(air_fill_random(session, 1, b.inputs, 2, &options));
  assert_memory_not_equal(a.in1, b.in1, sizeof a.in1[0]);
  assert_memory_not_equal(a.in2, b.in2, sizeof a.in2[0]);
}

static void test_range(void **state) {
  static const float want[] = {0.37454012f, 0.95071429f, 0.73199391f, 0.59865850f, 0.15601864f, 0.15599452f};
  null_io io;
  null_io_init(&io, MAX_SAMPLES);
  air_random_options options = AIR_RANDOM_OPTIONS_INIT;
  options.has_range = 1;
  options.low = 0.0;
  options.high = 1.0;
  CHECK_OK(air_fill_random(session, MAX_SAMPLES, io.inputs, 2, &options));
  for (size_t i = 0; i < ARRAY_SIZE(want); ++i) assert_true(fabsf(io.in1[0][i] - want[i]) < 1e-7f);
  int seen[2] = {0, 0};
  for (int i = 0; i < MAX_SAMPLES * N_IN2; ++i) {
    const int8_t value = (&io.in2[0][0])[i];
    assert_true(value == 0 || value == 1);
    seen[value] = 1;
  }
  assert_true(seen[0] && seen[1]);

  options.low = options.high = 5.0;
  CHECK_OK(air_fill_random(session, MAX_SAMPLES, io.inputs, 2, &options));
  for (int i = 0; i < N_IN1; ++i) assert_true(io.in1[1][i] == 5.0f);
  for (int i = 0; i < N_IN2; ++i) assert_int_equal(io.in2[1][i], 5);
}

static void test_whole_range_of_the_type(void **state) {
  int seen_negative = 0, seen_large = 0;
  null_io io;
  null_io_init(&io, MAX_SAMPLES);
  CHECK_OK(air_fill_random(session, MAX_SAMPLES, io.inputs, 2, NULL));
  for (int i = 0; i < MAX_SAMPLES * N_IN2; ++i) {
    seen_negative |= (&io.in2[0][0])[i] < -100;
    seen_large |= (&io.in2[0][0])[i] > 100;
  }
  assert_true(seen_negative && seen_large);
}

static void test_wrong_range(void **state) {
  static const double bounds[][2] = {{1.0, 0.0},       {NAN, 1.0},      {0.0, NAN},
                                     {-INFINITY, 0.0}, {0.0, INFINITY}, {1000.0, 2000.0}};
  for (size_t i = 0; i < ARRAY_SIZE(bounds); ++i) {
    null_io io;
    null_io_init(&io, 1);
    air_random_options options = AIR_RANDOM_OPTIONS_INIT;
    options.has_range = 1;
    options.low = bounds[i][0];
    options.high = bounds[i][1];
    if (air_fill_random(session, 1, io.inputs, 2, &options) != AIR_ERROR_INVALID_ARGUMENT) {
      fail_msg("range %g..%g was not refused", bounds[i][0], bounds[i][1]);
    }
  }
}

static void test_wrong_use(void **state) {
  null_io io;
  null_io_init(&io, 2);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_fill_random(NULL, 2, io.inputs, 2, NULL));
  CHECK_REFUSED(air_fill_random(session, 2, NULL, 2, NULL));
  CHECK_REFUSED(air_fill_random(session, 0, io.inputs, 2, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_fill_random(session, 2, io.inputs, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_fill_random(session, 3, io.inputs, 2, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_fill_random(session, (UINT64_C(1) << 61) + 2, io.inputs, 2, NULL));
  io.inputs[1].dtype = AIR_DTYPE_UINT8;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_fill_random(session, 2, io.inputs, 2, NULL));
  null_io_init(&io, 2);
  io.inputs[0].data = NULL;
  CHECK_REFUSED(air_fill_random(session, 2, io.inputs, 2, NULL));
  null_io_init(&io, 2);
  air_random_options options = AIR_RANDOM_OPTIONS_INIT;
  options.reserved = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_fill_random(session, 2, io.inputs, 2, &options));
}

// A quantized input given as float32 gets the values that a float32 input would have in its place.
static void test_real_values_of_a_quantized_input(void **state) {
  null_io io;
  null_io_init(&io, 2);
  float real[16];
  io.inputs[1] = (air_buffer){real, sizeof real, NULL, 0, AIR_DTYPE_FLOAT32};
  air_random_options options = AIR_RANDOM_OPTIONS_INIT;
  options.has_range = 1;
  options.low = 2.0;
  options.high = 3.0;
  CHECK_OK(air_fill_random(session, 2, io.inputs, 2, &options));
  int whole = 0;
  for (size_t i = 0; i < ARRAY_SIZE(real); ++i) {
    assert_true(real[i] >= 2 && real[i] <= 3);
    whole += real[i] == floorf(real[i]);
  }
  assert_int_equal(whole, 0);
  io.inputs[1].size_bytes = sizeof real / 4;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_fill_random(session, 2, io.inputs, 2, &options));
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_values_of_seed_42),
      WITH_RUNNER(test_seeds_differ),
      WITH_RUNNER(test_range),
      WITH_RUNNER(test_whole_range_of_the_type),
      WITH_RUNNER(test_wrong_range),
      WITH_RUNNER(test_wrong_use),
      WITH_RUNNER(test_real_values_of_a_quantized_input),
  };
  return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
