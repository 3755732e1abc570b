// SPDX-License-Identifier: BSD-3-Clause
// Connecting: descriptors, options, canonical descriptor, several models, wrong use.
#include <string.h>

#include "capi.h"

static void test_descriptor_forms(void **state) {
  const char *forms[] = {"null:", "null", "NULL:", "Null:?models=1", "  null:  ", "\tnull:?models=1\n", "null:?"};
  for (size_t i = 0; i < ARRAY_SIZE(forms); ++i) {
    air_runner *runner = NULL;
    if (air_connect(forms[i], NULL, &runner) != AIR_OK) fail_msg("'%s': %s", forms[i], air_last_error()->message);
    assert_string_equal(model_of(first_session(runner))->backend, "null");
    assert_int_equal(air_get_n_models(runner), 1);
    air_disconnect(runner);
  }
}

static void test_percent_decoding(void **state) {
  air_runner *runner = connect_to("null:?models=%32");
  assert_int_equal(air_get_n_models(runner), 2);
  air_disconnect(runner);
}

static void test_wrong_descriptors(void **state) {
  static const char *const wrong[] = {"nosuchscheme:x",   "null:?models",     "null:?=3",     "null:?models=1&models=2",
                                      "/no/such/file.so", "C:\\no\\such.dll", "socket:a:b:c", "?models=1"};
  for (size_t i = 0; i < ARRAY_SIZE(wrong); ++i) {
    air_runner *runner = NULL;
    const air_status status = air_connect(wrong[i], NULL, &runner);
    if (status != AIR_ERROR_INVALID_DESCRIPTOR) fail_msg("'%s': %s", wrong[i], air_status_name(status));
    assert_null(runner);
    CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, status);
  }
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("nosuchscheme:x", NULL, &runner));
  CHECK_ERROR_TELLS("nosuchscheme");
}

static void test_option_that_no_backend_knows(void **state) {
  air_runner *runner = NULL;
  assert_int_not_equal(air_connect("null:?colour=blue", NULL, &runner), AIR_OK);
  assert_null(runner);
  CHECK_ERROR_TELLS("colour");
  assert_int_not_equal(air_connect("null:?models=many", NULL, &runner), AIR_OK);
  CHECK_ERROR_TELLS("many");
  assert_int_not_equal(air_connect("null:?models=0", NULL, &runner), AIR_OK);
  assert_int_not_equal(air_connect("null:?models=-1", NULL, &runner), AIR_OK);
  assert_int_not_equal(air_connect("null:?models=4294967297", NULL, &runner), AIR_OK);
  assert_int_not_equal(air_connect("null:?models=%zz", NULL, &runner), AIR_OK);
  assert_int_not_equal(air_connect("null:?models=%2", NULL, &runner), AIR_OK);
  assert_int_not_equal(air_connect("null:?models=", NULL, &runner), AIR_OK);
  assert_int_not_equal(air_connect("null:?models=2x", NULL, &runner), AIR_OK);
  assert_int_not_equal(air_connect("null:?fail_at=99", NULL, &runner), AIR_OK);
  assert_null(runner);
}

static void test_null_and_empty_descriptor_are_the_same(void **state) {
  air_runner *runner = NULL;
  const air_status of_null = air_connect(NULL, NULL, &runner);
  air_disconnect(runner);
  runner = NULL;
  const air_status of_empty = air_connect("", NULL, &runner);
  air_disconnect(runner);
  runner = NULL;
  const air_status of_blanks = air_connect("   ", NULL, &runner);
  air_disconnect(runner);
  assert_int_equal(of_null, of_empty);
  assert_int_equal(of_blanks, of_empty);
}

static void test_out_pointer_is_required_and_written_on_success_only(void **state) {
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", NULL, NULL));
  air_runner *const marker = (air_runner *)(uintptr_t)0x10;
  air_runner *runner = marker;
  assert_int_not_equal(air_connect("null:?connect_fail=1", NULL, &runner), AIR_OK);
  assert_ptr_equal(runner, marker);
  assert_int_not_equal(air_last_error()->message[0], '\0');
}

static void test_options_of_the_caller_win(void **state) {
  const air_option options[] = {{"models", "3"}};
  air_connect_options connect = {.struct_size = sizeof connect};
  connect.options = options;
  connect.n_options = 1;
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:?models=2", &connect, &runner));
  assert_int_equal(air_get_n_models(runner), 3);
  air_disconnect(runner);
}

static void test_wrong_options(void **state) {
  air_runner *runner = NULL;
  const air_option no_key[] = {{NULL, "2"}};
  const air_option no_value[] = {{"models", NULL}};
  const air_option empty_key[] = {{"", "2"}};
  air_connect_options options = {.struct_size = sizeof options};
  options.n_options = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
  options.options = no_key;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
  options.options = no_value;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
  options.options = empty_key;
  assert_int_not_equal(air_connect("null:", &options, &runner), AIR_OK);

  options = (air_connect_options){.struct_size = sizeof options};
  options.n_weights = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
  const air_weights no_data = {.data = NULL, .size_bytes = 4};
  options.weights = &no_data;
  assert_int_not_equal(air_connect("null:", &options, &runner), AIR_OK);

  options = (air_connect_options){.struct_size = sizeof options};
  options.n_plugin_paths = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
  const char *const no_path[] = {NULL};
  options.plugin_paths = no_path;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
  assert_null(runner);
}

static void test_model_name_option(void **state) {
  air_connect_options options = {.struct_size = sizeof options};
  options.model_name = "no_such_model";
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_connect("null:?models=2", &options, &runner));
  CHECK_ERROR_TELLS("network_2");
  assert_null(runner);

  options.model_name = "network_2";
  CHECK_OK(air_connect("null:?models=2", &options, &runner));
  assert_string_equal(model_of(first_session(runner))->name, "network_2");
  air_runner *again = connect_to(model_of(first_session(runner))->descriptor);
  assert_string_equal(model_of(first_session(again))->name, "network_2");
  assert_int_equal(air_get_n_models(again), air_get_n_models(runner));
  air_disconnect(again);
  air_disconnect(runner);
}

static void test_canonical_descriptor_reconnects(void **state) {
  const char *forms[] = {" NULL: ", "null:?models=3&delay_ms=1", "null:?stateful=1", "null:?fail_at=2&fail_sample=1"};
  for (size_t i = 0; i < ARRAY_SIZE(forms); ++i) {
    air_runner *first = connect_to(forms[i]);
    const air_model *model = model_of(first_session(first));
    air_runner *second = connect_to(model->descriptor);
    const air_model *again = model_of(first_session(second));
    assert_string_equal(again->descriptor, model->descriptor);
    assert_int_equal(air_get_n_models(second), air_get_n_models(first));
    assert_int_equal(again->states_bytes, model->states_bytes);
    air_disconnect(first);
    air_disconnect(second);
  }
}

static void test_several_models(void **state) {
  air_runner *runner = connect_to("null:?models=3");
  static const char *const names[] = {"network", "network_2", "network_3"};
  assert_int_equal(air_get_n_models(runner), 3);
  for (uint32_t i = 0; i < 3; ++i) {
    air_session *at = NULL, *again = NULL, *named = NULL;
    CHECK_OK(air_get_session_at(runner, i, &at));
    CHECK_OK(air_get_session_at(runner, i, &again));
    CHECK_OK(air_get_session(runner, names[i], &named));
    assert_ptr_equal(at, again);
    assert_ptr_equal(at, named);
    assert_string_equal(model_of(at)->name, names[i]);
    assert_string_equal(model_of(at)->descriptor, "null:?models=3");
  }
  air_session *first = NULL;
  CHECK_OK(air_get_session_at(runner, 0, &first));
  assert_ptr_equal(first_session(runner), first);
  air_disconnect(runner);
}

static void test_session_that_is_not_there(void **state) {
  air_runner *runner = connect_to("null:?models=3");
  air_session *const marker = (air_session *)(uintptr_t)0x10;
  air_session *session = marker;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_get_session(runner, "netwerk", &session));
  CHECK_ERROR_TELLS("netwerk");
  CHECK_ERROR_TELLS("network_2");
  CHECK_ERROR_TELLS("network_3");
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_get_session(runner, "", &session));
  assert_int_not_equal(air_get_session_at(runner, 3, &session), AIR_OK);
  assert_int_not_equal(air_get_session_at(runner, UINT32_MAX, &session), AIR_OK);
  assert_ptr_equal(session, marker);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_session(runner, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_session(NULL, NULL, &session));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_session_at(runner, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_session_at(NULL, 0, &session));
  air_disconnect(runner);
}

static void test_reserved_of_the_options(void **state) {
  air_connect_options options = {.struct_size = sizeof options, .reserved = 1};
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
  assert_null(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_descriptor_forms),
      cmocka_unit_test(test_percent_decoding),
      cmocka_unit_test(test_wrong_descriptors),
      cmocka_unit_test(test_option_that_no_backend_knows),
      cmocka_unit_test(test_null_and_empty_descriptor_are_the_same),
      cmocka_unit_test(test_out_pointer_is_required_and_written_on_success_only),
      cmocka_unit_test(test_options_of_the_caller_win),
      cmocka_unit_test(test_wrong_options),
      cmocka_unit_test(test_model_name_option),
      cmocka_unit_test(test_canonical_descriptor_reconnects),
      cmocka_unit_test(test_several_models),
      cmocka_unit_test(test_session_that_is_not_there),
      cmocka_unit_test(test_reserved_of_the_options),
  };
  return cmocka_run_group_tests_name("connect", tests, NULL, NULL);
}
