// SPDX-License-Identifier: BSD-3-Clause
// Versions and the small tables: statuses, dtypes.
#include <stdio.h>
#include <string.h>

#include "capi.h"

static void test_version_is_that_of_the_header(void **state) {
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", AIR_VERSION_MAJOR, AIR_VERSION_MINOR, AIR_VERSION_PATCH);
  assert_string_equal(air_version(), text);
  assert_int_equal(air_abi_version(), AIR_ABI_VERSION);
}

static void test_each_status_has_its_own_name(void **state) {
  for (int a = AIR_OK; a <= AIR_ERROR_INTERNAL; ++a) {
    const char *name = air_status_name((air_status)a);
    assert_non_null(name);
    assert_true(strlen(name) > 1);
    assert_string_not_equal(name, "unknown status");
    for (int b = AIR_OK; b < a; ++b) assert_string_not_equal(name, air_status_name((air_status)b));
  }
  assert_string_equal(air_status_name(AIR_ERROR_TIMEOUT), "timeout");
  assert_string_equal(air_status_name((air_status)(AIR_ERROR_INTERNAL + 1)), "unknown status");
  assert_string_equal(air_status_name((air_status)1000000), "unknown status");
}

static void test_status_values_never_change(void **state) {
  assert_int_equal(AIR_OK, 0);
  assert_int_equal(AIR_ERROR_INVALID_ARGUMENT, 1);
  assert_int_equal(AIR_ERROR_INVALID_INPUT, 3);
  assert_int_equal(AIR_ERROR_RUN_FAILED, 9);
  assert_int_equal(AIR_ERROR_TIMEOUT, 11);
  assert_int_equal(AIR_ERROR_INTERNAL, 25);
}

static void test_st_codes(void **state) {
  assert_int_equal(air_status_st_code(AIR_OK), 0);
  assert_int_equal(air_status_st_code(AIR_ERROR_INVALID_INPUT), 804);
  assert_int_equal(air_status_st_code(AIR_ERROR_INVALID_ARGUMENT), 804);
  assert_int_equal(air_status_st_code(AIR_ERROR_IO), 801);
  assert_int_equal(air_status_st_code(AIR_ERROR_PROTOCOL), 803);
  assert_int_equal(air_status_st_code(AIR_ERROR_NOT_INITIALIZED), 805);
  assert_int_equal(air_status_st_code(AIR_ERROR_NOT_CONNECTED), 810);
  for (int s = AIR_OK + 1; s <= AIR_ERROR_INTERNAL; ++s) {
    const int32_t code = air_status_st_code((air_status)s);
    assert_true(code == 800 || code == 801 || code == 803 || code == 804 || code == 805 || code == 810);
  }
  assert_int_equal(air_status_st_code((air_status)12345), 800);
}

static void test_dtypes(void **state) {
  static const struct {
    air_dtype dtype;
    uint32_t size;
    const char *name;
  } expected[] = {
      {AIR_DTYPE_NONE, 0, "none"},       {AIR_DTYPE_FLOAT32, 4, "float32"}, {AIR_DTYPE_FLOAT16, 2, "float16"},
      {AIR_DTYPE_FLOAT64, 8, "float64"}, {AIR_DTYPE_INT8, 1, "int8"},       {AIR_DTYPE_UINT8, 1, "uint8"},
      {AIR_DTYPE_INT16, 2, "int16"},     {AIR_DTYPE_UINT16, 2, "uint16"},   {AIR_DTYPE_INT32, 4, "int32"},
      {AIR_DTYPE_UINT32, 4, "uint32"},   {AIR_DTYPE_INT64, 8, "int64"},     {AIR_DTYPE_UINT64, 8, "uint64"},
      {AIR_DTYPE_BOOL, 1, "bool"}};
  for (size_t i = 0; i < ARRAY_SIZE(expected); ++i) {
    assert_int_equal(air_dtype_size(expected[i].dtype), expected[i].size);
    assert_string_equal(air_dtype_name(expected[i].dtype), expected[i].name);
  }
  assert_int_equal(air_dtype_size((air_dtype)13), 0);
  assert_string_equal(air_dtype_name((air_dtype)13), "none");
  assert_int_equal(air_dtype_size((air_dtype)0x7fffffff), 0);
  assert_string_equal(air_dtype_name((air_dtype)0x7fffffff), "none");
}

static void test_functions_that_release_accept_null(void **state) {
  air_disconnect(NULL);
  air_cancel(NULL);
  air_free_text(NULL);
  air_free_plugin_list(NULL);
  air_free_device_list(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_version_is_that_of_the_header),
      cmocka_unit_test(test_each_status_has_its_own_name),
      cmocka_unit_test(test_status_values_never_change),
      cmocka_unit_test(test_st_codes),
      cmocka_unit_test(test_dtypes),
      cmocka_unit_test(test_functions_that_release_accept_null),
  };
  return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
