// SPDX-License-Identifier: BSD-3-Clause
// air_make_random_inputs() on the null model: the values of numpy.random.RandomState(42), ranges, wrong use. The other dtypes are
// tested in tests/unit.
#include <math.h>
#include <string.h>

#include "null_session.h"

/** Random inputs of the null model: in1 has N_IN1 float32 a sample, in2 has N_IN2 int8. */
static air_input_set *draw(uint64_t n_samples, const air_random *options) {
  air_input_set *set = NULL;
  CHECK_OK(air_make_random_inputs(session, n_samples, options, &set));
  assert_non_null(set);
  assert_int_equal(set->n, 2);
  return set;
}

static const float *in1(const air_input_set *set) {
  return set->inputs[0].data;
}

static const int8_t *in2(const air_input_set *set) {
  return set->inputs[1].data;
}

static void check_first(const float *got, const float *want, size_t n) {
  for (size_t i = 0; i < n; ++i) assert_true(fabsf(got[i] - want[i]) < 1e-7f);
}

static void check_same(const air_input_set *a, const air_input_set *b) {
  for (uint32_t i = 0; i < 2; ++i) {
    assert_int_equal(a->inputs[i].size_bytes, b->inputs[i].size_bytes);
    assert_memory_equal(a->inputs[i].data, b->inputs[i].data, a->inputs[i].size_bytes);
  }
}

static void test_values_of_seed_42(void **state) {
  static const float want[] = {-0.25091976f, 0.90142864f, 0.46398789f, 0.19731697f, -0.68796271f, -0.68801093f};
  air_input_set *by_default = draw(3, NULL);
  check_first(in1(by_default), want, ARRAY_SIZE(want));
  assert_int_equal(by_default->inputs[0].size_bytes, 3 * N_IN1 * sizeof(float));
  assert_int_equal(by_default->inputs[1].size_bytes, 3 * N_IN2);
  for (uint32_t i = 0; i < 2; ++i) {
    assert_ptr_equal(by_default->data[i], by_default->inputs[i].data);
    assert_int_equal((uintptr_t)by_default->data[i] % 64, 0);
  }
  air_input_set *again = draw(3, &(air_random){.seed = 42});
  check_same(by_default, again);
  air_free_inputs(by_default);
  air_free_inputs(again);
}

static void test_seeds_differ(void **state) {
  static const float want_of_seed_0[] = {0.09762701f, 0.43037873f, 0.20552675f, 0.08976637f};
  air_input_set *a = draw(1, NULL);
  air_input_set *b = draw(1, &(air_random){.seed = 43});
  air_input_set *c = draw(1, &(air_random){.seed = 0});
  assert_memory_not_equal(in1(a), in1(b), a->inputs[0].size_bytes);
  assert_memory_not_equal(in2(a), in2(b), a->inputs[1].size_bytes);
  check_first(in1(c), want_of_seed_0, ARRAY_SIZE(want_of_seed_0));
  air_free_inputs(a);
  air_free_inputs(b);
  air_free_inputs(c);
}

static void test_range(void **state) {
  static const float want[] = {0.37454012f, 0.95071429f, 0.73199391f, 0.59865850f, 0.15601864f, 0.15599452f};
  air_input_set *set = draw(MAX_SAMPLES, &(air_random){.seed = 42, .has_range = 1, .low = 0.0, .high = 1.0});
  check_first(in1(set), want, ARRAY_SIZE(want));
  int seen[2] = {0, 0};
  for (int i = 0; i < MAX_SAMPLES * N_IN2; ++i) {
    const int8_t value = in2(set)[i];
    assert_true(value == 0 || value == 1);
    seen[value] = 1;
  }
  assert_true(seen[0] && seen[1]);
  air_free_inputs(set);

  set = draw(MAX_SAMPLES, &(air_random){.seed = 42, .has_range = 1, .low = 5.0, .high = 5.0});
  for (int i = 0; i < MAX_SAMPLES * N_IN1; ++i) assert_true(in1(set)[i] == 5.0f);
  for (int i = 0; i < MAX_SAMPLES * N_IN2; ++i) assert_int_equal(in2(set)[i], 5);
  air_free_inputs(set);
}

static void test_whole_range_of_the_type(void **state) {
  int seen_negative = 0, seen_large = 0;
  air_input_set *set = draw(MAX_SAMPLES, NULL);
  for (int i = 0; i < MAX_SAMPLES * N_IN2; ++i) {
    seen_negative |= in2(set)[i] < -100;
    seen_large |= in2(set)[i] > 100;
  }
  assert_true(seen_negative && seen_large);
  air_free_inputs(set);
}

static void test_wrong_range(void **state) {
  static const double bounds[][2] = {{1.0, 0.0},       {NAN, 1.0},      {0.0, NAN},
                                     {-INFINITY, 0.0}, {0.0, INFINITY}, {1000.0, 2000.0}};
  for (size_t i = 0; i < ARRAY_SIZE(bounds); ++i) {
    const air_random options = {.seed = 42, .has_range = 1, .low = bounds[i][0], .high = bounds[i][1]};
    air_input_set *set = NULL;
    if (air_make_random_inputs(session, 1, &options, &set) != AIR_ERROR_INVALID_ARGUMENT) {
      fail_msg("range %g..%g was not refused", bounds[i][0], bounds[i][1]);
    }
    assert_null(set);
  }
}

static void test_wrong_use(void **state) {
  air_input_set *set = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_random_inputs(NULL, 2, NULL, &set));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_random_inputs(session, 2, NULL, NULL));
  CHECK_REFUSED(air_make_random_inputs(session, 0, NULL, &set));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_make_random_inputs(session, (UINT64_C(1) << 61) + 2, NULL, &set));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_random_inputs(session, 2, &(air_random){.reserved = 1}, &set));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_random_inputs(session, 2, &(air_random){.io_mode = 1u << 31}, &set));
  assert_null(set);
  air_free_inputs(NULL);
}

// A quantized input that is given real values gets those that a float32 input would have in its place.
static void test_real_values_of_a_quantized_input(void **state) {
  air_random options = {.seed = 42, .io_mode = AIR_IO_QUANTIZE};
  air_input_set *set = draw(3, &options);
  assert_int_equal(set->inputs[1].size_bytes, 3 * N_IN2 * sizeof(float));
  assert_int_equal(set->inputs[1].dtype, AIR_DTYPE_FLOAT32);
  air_input_set *one_more = draw(4, &options);
  assert_memory_equal(set->inputs[1].data, in1(one_more) + 3 * N_IN1, 3 * N_IN2 * sizeof(float));
  air_free_inputs(one_more);
  air_free_inputs(set);

  options.has_range = 1;
  options.low = 2.0;
  options.high = 3.0;
  set = draw(2, &options);
  const float *real = set->inputs[1].data;
  int whole = 0;
  for (size_t i = 0; i < (size_t)2 * N_IN2; ++i) {
    assert_true(real[i] >= 2 && real[i] <= 3);
    whole += real[i] == floorf(real[i]);
  }
  assert_int_equal(whole, 0);
  const air_invoke_options as_real_values = {.struct_size = sizeof as_real_values, .io_mode = AIR_IO_QUANTIZE};
  CHECK_OK(air_invoke(session, 2, set->inputs, set->n, NULL, 0, &as_real_values, NULL, NULL));
  air_free_inputs(set);
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
