// SPDX-License-Identifier: BSD-3-Clause
// Versions, the small tables (statuses, dtypes), and what functions make of NULL.
#include <stdio.h>
#include <string.h>

#include "airunner_report.h"
#include "airunner_st.h"
#include "capi.h"

static void test_version(void **state) {
  unsigned major = 0, minor = 0, patch = 0;
  assert_int_equal(sscanf(air_version(), "%u.%u.%u", &major, &minor, &patch), 3);
  assert_int_equal(major, AIR_ABI_VERSION);
}

// A binding passes what its header says. A later major number is another ABI; a later minor one has what this library has not.
static void test_supports(void **state) {
  assert_int_equal(air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR), 1);
  for (uint32_t minor = 0; minor <= AIR_ABI_MINOR; ++minor) assert_int_equal(air_supports(AIR_ABI_VERSION, minor), 1);
  assert_int_equal(air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR + 1), 0);
  assert_int_equal(air_supports(AIR_ABI_VERSION, UINT32_MAX), 0);
  assert_int_equal(air_supports(AIR_ABI_VERSION + 1, 0), 0);
  assert_int_equal(air_supports(AIR_ABI_VERSION - 1, 0), 0);
  assert_int_equal(air_supports(UINT32_MAX, 0), 0);
}

static void test_host_is_one_line(void **state) {
  assert_true(strlen(air_get_host()) > 0);
  assert_null(strchr(air_get_host(), '\n'));
  assert_ptr_equal(air_get_host(), air_get_host());
}

static void test_each_status_has_its_own_name(void **state) {
  for (int a = AIR_OK; a <= AIR_ERROR_CALLBACK; ++a) {
    const char *name = air_status_name((air_status)a);
    assert_non_null(name);
    assert_true(strlen(name) > 1);
    assert_string_not_equal(name, "unknown status");
    for (int b = AIR_OK; b < a; ++b) assert_string_not_equal(name, air_status_name((air_status)b));
  }
  assert_string_equal(air_status_name(AIR_ERROR_TIMEOUT), "timeout");
  assert_string_equal(air_status_name((air_status)(AIR_ERROR_CALLBACK + 1)), "unknown status");
  assert_string_equal(air_status_name((air_status)1000000), "unknown status");
  assert_string_equal(air_status_name((air_status)-1), "unknown status");
}

static void test_status_values_never_change(void **state) {
  assert_int_equal(AIR_OK, 0);
  assert_int_equal(AIR_ERROR_INVALID_ARGUMENT, 1);
  assert_int_equal(AIR_ERROR_INVALID_INPUT, 3);
  assert_int_equal(AIR_ERROR_RUN_FAILED, 9);
  assert_int_equal(AIR_ERROR_TIMEOUT, 11);
  assert_int_equal(AIR_ERROR_INTERNAL, 25);
  assert_int_equal(AIR_ERROR_CALLBACK, 26);
}

static void test_st_error_numbers(void **state) {
  assert_int_equal(air_st_error_number(AIR_OK), 0);
  assert_int_equal(air_st_error_number(AIR_ERROR_INVALID_INPUT), 804);
  assert_int_equal(air_st_error_number(AIR_ERROR_INVALID_ARGUMENT), 804);
  assert_int_equal(air_st_error_number(AIR_ERROR_IO), 801);
  assert_int_equal(air_st_error_number(AIR_ERROR_PROTOCOL), 803);
  assert_int_equal(air_st_error_number(AIR_ERROR_NOT_INITIALIZED), 805);
  assert_int_equal(air_st_error_number(AIR_ERROR_NOT_CONNECTED), 810);
  for (int s = AIR_OK + 1; s <= AIR_ERROR_CALLBACK; ++s) {
    const int32_t code = air_st_error_number((air_status)s);
    assert_true(code == 800 || code == 801 || code == 803 || code == 804 || code == 805 || code == 810);
  }
  assert_int_equal(air_st_error_number((air_status)12345), 800);
}

static void test_dtypes(void **state) {
  static const struct {
    air_dtype dtype;
    uint32_t bits;
    const char *name;
  } expected[] = {{AIR_DTYPE_NONE, 0, "none"},
                  {AIR_DTYPE_FLOAT32, 32, "float32"},
                  {AIR_DTYPE_FLOAT16, 16, "float16"},
                  {AIR_DTYPE_FLOAT64, 64, "float64"},
                  {AIR_DTYPE_INT8, 8, "int8"},
                  {AIR_DTYPE_UINT8, 8, "uint8"},
                  {AIR_DTYPE_INT16, 16, "int16"},
                  {AIR_DTYPE_UINT16, 16, "uint16"},
                  {AIR_DTYPE_INT32, 32, "int32"},
                  {AIR_DTYPE_UINT32, 32, "uint32"},
                  {AIR_DTYPE_INT64, 64, "int64"},
                  {AIR_DTYPE_UINT64, 64, "uint64"},
                  {AIR_DTYPE_BOOL, 8, "bool"},
                  {AIR_DTYPE_INT4, 4, "int4"},
                  {AIR_DTYPE_UINT4, 4, "uint4"},
                  {AIR_DTYPE_BFLOAT16, 16, "bfloat16"},
                  {AIR_DTYPE_FLOAT8_E4M3, 8, "float8_e4m3fn"},
                  {AIR_DTYPE_FLOAT8_E5M2, 8, "float8_e5m2"}};
  for (size_t i = 0; i < ARRAY_SIZE(expected); ++i) {
    assert_int_equal(expected[i].dtype, i);
    assert_int_equal(air_dtype_bits(expected[i].dtype), expected[i].bits);
    assert_string_equal(air_dtype_name(expected[i].dtype), expected[i].name);
  }
  static const air_dtype unknown[] = {ARRAY_SIZE(expected), NO_DTYPE, 0x7fffffff, UINT32_MAX};
  for (size_t i = 0; i < ARRAY_SIZE(unknown); ++i) {
    assert_int_equal(air_dtype_bits(unknown[i]), 0);
    assert_string_equal(air_dtype_name(unknown[i]), "none");
  }
}

static void test_functions_that_release_accept_null(void **state) {
  CHECK_OK(air_disconnect(NULL));
  air_cancel(NULL);
  assert_int_equal(air_is_cancelled(NULL), 0);
  air_release_token(NULL);
  assert_null(air_retain_error(NULL));
  air_release_error(NULL);
  assert_null(air_retain_model(NULL));
  air_release_model(NULL);
  assert_null(air_retain_result(NULL));
  air_release_result(NULL);
  assert_null(air_retain_comparison(NULL));
  air_release_comparison(NULL);
  air_trim(NULL);
  air_free_inputs(NULL);
  air_free_text(NULL);
  air_free_plugin_list(NULL);
  air_free_device_list(NULL);
}

// What asks a value for something and cannot fail has an answer for NULL.
static void test_questions_to_nothing(void **state) {
  assert_null(air_get_model(NULL));
  assert_int_equal(air_get_n_models(NULL), 0);
  assert_null(air_get_property(NULL, "runtime"));
  assert_int_equal(air_find_column(NULL, "time.run"), UINT32_MAX);
  assert_null(air_get_profile(NULL));
  assert_null(air_get_result_model(NULL));
  assert_null(air_get_values(NULL, 0, AIR_WHOLE_RUN));
  assert_string_equal(air_get_note(NULL, AIR_WHOLE_RUN, 0), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_version),
      cmocka_unit_test(test_supports),
      cmocka_unit_test(test_host_is_one_line),
      cmocka_unit_test(test_each_status_has_its_own_name),
      cmocka_unit_test(test_status_values_never_change),
      cmocka_unit_test(test_st_error_numbers),
      cmocka_unit_test(test_dtypes),
      cmocka_unit_test(test_functions_that_release_accept_null),
      cmocka_unit_test(test_questions_to_nothing),
  };
  return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
