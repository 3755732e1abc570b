// SPDX-License-Identifier: BSD-3-Clause
// air_last_error(): contents, lifetime, threads, causes. The log: levels, who gets which line.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "capi.h"

static void *errors_of_a_new_thread(void *unused) {
  const air_error *error = air_last_error();
  assert_non_null(error);
  assert_int_equal(error->status, AIR_OK);
  assert_int_equal(error->st_code, 0);
  assert_int_equal(error->vendor_code, 0);
  assert_int_equal(error->n_causes, 0);
  assert_string_equal(error->message, "");
  air_runner *runner = NULL;
  assert_int_equal(air_connect("nosuchscheme:of_this_thread", NULL, &runner), AIR_ERROR_INVALID_DESCRIPTOR);
  return strdup(air_last_error()->message);
}

static void test_errors_belong_to_threads(void **state) {
  air_session *session = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_session(NULL, NULL, &session));
  char *mine = strdup(air_last_error()->message);
  pthread_t thread;
  void *theirs = NULL;
  assert_int_equal(pthread_create(&thread, NULL, errors_of_a_new_thread, NULL), 0);
  assert_int_equal(pthread_join(thread, &theirs), 0);
  assert_non_null(strstr(theirs, "of_this_thread"));
  assert_string_equal(air_last_error()->message, mine);
  assert_int_equal(air_last_error()->status, AIR_ERROR_INVALID_ARGUMENT);
  free(mine);
  free(theirs);
}

static void test_success_and_reading_keep_the_error(void **state) {
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", NULL, NULL));
  const air_error *error = air_last_error();
  CHECK_OK(air_connect("null:", NULL, &runner));
  assert_ptr_equal(air_last_error(), error);
  assert_int_equal(error->status, AIR_ERROR_INVALID_ARGUMENT);
  assert_true(error->struct_size >= sizeof *error);
  air_disconnect(runner);
  assert_int_equal(air_last_error()->status, AIR_ERROR_INVALID_ARGUMENT);
  assert_int_equal(air_last_error()->st_code, 804);
}

static void test_next_failure_replaces_all_of_it(void **state) {
  air_runner *failing = connect_to("null:?fail_at=2");
  null_io io;
  null_io_init(&io, 1);
  CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(first_session(failing), 1, io.inputs, 2, io.outputs, 2, NULL));
  assert_int_equal(air_last_error()->vendor_code, 1002);
  air_disconnect(failing);
  assert_int_equal(air_last_error()->vendor_code, 1002);

  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("nosuchscheme:", NULL, &runner));
  assert_int_equal(air_last_error()->vendor_code, 0);
  assert_true(air_last_error()->n_causes > 0);
  for (uint32_t i = 0; i < air_last_error()->n_causes; ++i) assert_true(strlen(air_last_error()->causes[i]) > 0);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_ping(NULL));
  assert_int_equal(air_last_error()->n_causes, 0);
}

static void test_failing_connect_tells_where_it_searched(void **state) {
  setenv("AIRUNNER_PLUGIN_PATH", "/no/such/folder/of/plugins", 1);
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("nosuchscheme:", NULL, &runner));
  CHECK_ERROR_TELLS("/no/such/folder/of/plugins");
  CHECK_ERROR_TELLS("libairunner-null");
  unsetenv("AIRUNNER_PLUGIN_PATH");
}

static void test_backend_tells_why_connecting_failed(void **state) {
  air_runner *runner = NULL;
  assert_int_not_equal(air_connect("null:?connect_fail=1", NULL, &runner), AIR_OK);
  assert_null(runner);
  CHECK_ERROR_TELLS("connect_fail");
}

typedef struct log_lines {
  unsigned n_of_level[AIR_LOG_DEBUG + 1];
  unsigned n_odd;
} log_lines;

static void take_line(void *user, air_log_level level, const char *message) {
  log_lines *lines = user;
  if (level < AIR_LOG_ERROR || level > AIR_LOG_DEBUG || !message || strchr(message, '\n') || message[0] == '\0') {
    ++lines->n_odd;
  } else {
    ++lines->n_of_level[level];
  }
}

static log_lines run_with_log(const char *descriptor, air_log_level level) {
  log_lines lines = {{0}, 0};
  air_connect_options options = AIR_CONNECT_OPTIONS_INIT;
  options.log = take_line;
  options.log_user = &lines;
  options.log_level = level;
  air_runner *runner = NULL;
  if (air_connect(descriptor, &options, &runner) == AIR_OK) {
    null_io io;
    null_io_init(&io, 1);
    air_invoke_options invoke = AIR_INVOKE_OPTIONS_INIT;
    invoke.mode = AIR_MODE_DEBUG;
    CHECK_OK(air_invoke(first_session(runner), 1, io.inputs, 2, io.outputs, 2, &invoke));
  }
  air_disconnect(runner);
  assert_int_equal(lines.n_odd, 0);
  return lines;
}

static void test_log_levels(void **state) {
  const log_lines none = run_with_log("null:", AIR_LOG_NONE);
  for (int level = AIR_LOG_ERROR; level <= AIR_LOG_DEBUG; ++level) assert_int_equal(none.n_of_level[level], 0);
  const log_lines all = run_with_log("null:", AIR_LOG_DEBUG);
  assert_true(all.n_of_level[AIR_LOG_DEBUG] > 0);
  assert_int_equal(all.n_of_level[AIR_LOG_ERROR], 0);
  const log_lines some = run_with_log("null:", AIR_LOG_INFO);
  assert_int_equal(some.n_of_level[AIR_LOG_DEBUG], 0);
  assert_int_equal(some.n_of_level[AIR_LOG_INFO], all.n_of_level[AIR_LOG_INFO]);
}

static void test_level_without_function(void **state) {
  air_connect_options options = AIR_CONNECT_OPTIONS_INIT;
  options.log_level = AIR_LOG_DEBUG;
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:", &options, &runner));
  air_disconnect(runner);
}

static void test_logs_of_two_runners_stay_apart(void **state) {
  log_lines lines = {{0}, 0};
  air_connect_options options = AIR_CONNECT_OPTIONS_INIT;
  options.log = take_line;
  options.log_user = &lines;
  options.log_level = AIR_LOG_DEBUG;
  air_runner *talking = NULL;
  CHECK_OK(air_connect("null:", &options, &talking));
  const log_lines before = lines;
  air_disconnect(connect_to("null:?models=2"));
  assert_memory_equal(&lines, &before, sizeof lines);
  air_disconnect(talking);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_errors_belong_to_threads),
      cmocka_unit_test(test_success_and_reading_keep_the_error),
      cmocka_unit_test(test_next_failure_replaces_all_of_it),
      cmocka_unit_test(test_failing_connect_tells_where_it_searched),
      cmocka_unit_test(test_backend_tells_why_connecting_failed),
      cmocka_unit_test(test_log_levels),
      cmocka_unit_test(test_level_without_function),
      cmocka_unit_test(test_logs_of_two_runners_stay_apart),
  };
  return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
