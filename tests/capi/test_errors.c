// SPDX-License-Identifier: BSD-3-Clause
// air_last_error(): contents, lifetime, threads, causes. The log: levels, who gets which line.
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "capi.h"
#include "system.h"

static void *errors_of_a_new_thread(void *unused) {
  const air_error *error = air_last_error();
  assert_non_null(error);
  assert_int_equal(error->status, AIR_OK);
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

static void *read_and_release(void *kept) {
  const air_error *error = kept;
  assert_int_equal(error->status, AIR_ERROR_RUN_FAILED);
  assert_int_equal(error->vendor_code, 1002);
  assert_non_null(strstr(error->message, "node 2"));
  assert_int_equal(air_last_error()->status, AIR_OK);  // that of another thread is nobody's last one here
  air_release_error(error);
  return NULL;
}

// Kept, an error is read on another thread, after later failures of its own, and after runner and plugin have gone.
static void test_retained_error(void **state) {
  air_runner *failing = connect_to("null:?fail_at=2");
  null_io io;
  null_io_init(&io, 1);
  CHECK_FAILS(AIR_ERROR_RUN_FAILED,
              air_invoke(first_session(failing), 1, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  const air_error *kept = air_retain_error(air_last_error());
  assert_non_null(kept);
  const air_error *twice = air_retain_error(kept);
  assert_ptr_equal(twice, kept);
  air_release_error(twice);
  CHECK_OK(air_disconnect(failing));
  for (int i = 0; i < 100; ++i) CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_ping(NULL, NULL));
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, read_and_release, (void *)(uintptr_t)kept), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *fail_and_end(void *unused) {
  air_set_error(AIR_ERROR_IO, 0, "of a thread that has ended");
  return (void *)(uintptr_t)air_retain_error(air_last_error());
}

static void test_retained_error_of_a_thread_that_has_ended(void **state) {
  pthread_t thread;
  void *kept = NULL;
  assert_int_equal(pthread_create(&thread, NULL, fail_and_end, NULL), 0);
  assert_int_equal(pthread_join(thread, &kept), 0);
  assert_string_equal(((const air_error *)kept)->message, "of a thread that has ended");
  air_release_error(kept);
}

static void test_retained_error_with_causes(void **state) {
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("nosuchscheme:", NULL, &runner));
  const air_error *kept = air_retain_error(air_last_error());
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_ping(NULL, NULL));
  assert_true(kept->n_causes > 0);
  for (uint32_t i = 0; i < kept->n_causes; ++i) assert_true(strlen(kept->causes[i]) > 0);
  air_release_error(kept);
}

// Before anything has failed the last error is kept and released like any other.
static void *retain_no_error(void *unused) {
  const air_error *none = air_retain_error(air_last_error());
  assert_int_equal(none->status, AIR_OK);
  assert_string_equal(none->message, "");
  air_release_error(none);
  return NULL;
}

static void test_retained_before_any_error(void **state) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, retain_no_error, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_set_error(void **state) {
  char text[] = "what went wrong";
  air_set_error(AIR_ERROR_PERMISSION, 13, text);
  memset(text, 'x', sizeof text - 1);
  assert_int_equal(air_last_error()->status, AIR_ERROR_PERMISSION);
  assert_string_equal(air_last_error()->message, "what went wrong");
  assert_int_equal(air_last_error()->n_causes, 0);
  assert_int_equal(air_last_error()->vendor_code, 13);
  air_set_error(AIR_ERROR_IO, 0, air_last_error()->message);  // its own text
  assert_int_equal(air_last_error()->status, AIR_ERROR_IO);
  assert_string_equal(air_last_error()->message, "what went wrong");
  assert_int_equal(air_last_error()->vendor_code, 0);
  air_set_error(AIR_ERROR_IO, 0, NULL);
  assert_non_null(air_last_error()->message);
}

static void test_success_and_reading_keep_the_error(void **state) {
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", NULL, NULL));
  const air_error *error = air_last_error();
  CHECK_OK(air_connect("null:", NULL, &runner));
  assert_ptr_equal(air_last_error(), error);
  assert_int_equal(error->status, AIR_ERROR_INVALID_ARGUMENT);
  air_disconnect(runner);
  assert_int_equal(air_last_error()->status, AIR_ERROR_INVALID_ARGUMENT);
}

static void test_next_failure_replaces_all_of_it(void **state) {
  air_runner *failing = connect_to("null:?fail_at=2");
  null_io io;
  null_io_init(&io, 1);
  CHECK_FAILS(AIR_ERROR_RUN_FAILED,
              air_invoke(first_session(failing), 1, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  assert_int_equal(air_last_error()->vendor_code, 1002);
  air_disconnect(failing);
  assert_int_equal(air_last_error()->vendor_code, 1002);

  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("nosuchscheme:", NULL, &runner));
  assert_int_equal(air_last_error()->vendor_code, 0);
  assert_true(air_last_error()->n_causes > 0);
  for (uint32_t i = 0; i < air_last_error()->n_causes; ++i) assert_true(strlen(air_last_error()->causes[i]) > 0);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_ping(NULL, NULL));
  assert_int_equal(air_last_error()->n_causes, 0);
}

static void test_failing_connect_tells_where_it_searched(void **state) {
  set_variable("AIRUNNER_PLUGIN_PATH", "/no/such/folder/of/plugins");
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("nosuchscheme:", NULL, &runner));
  CHECK_ERROR_TELLS("/no/such/folder/of/plugins");
  CHECK_ERROR_TELLS("libairunner-null");
  set_variable("AIRUNNER_PLUGIN_PATH", NULL);
}

static void test_backend_tells_why_connecting_failed(void **state) {
  air_runner *runner = NULL;
  assert_int_not_equal(air_connect("null:?connect_fail=1", NULL, &runner), AIR_OK);
  assert_null(runner);
  CHECK_ERROR_TELLS("connect_fail");
}

typedef struct log_lines {
  unsigned n_of_level[AIR_LOG_DEBUG + 1];
  unsigned n_odd, n_drops, n_after_drop;
} log_lines;

static void take_line(void *user, air_log_level level, const char *message) {
  log_lines *lines = user;
  lines->n_after_drop += lines->n_drops > 0;
  if (level < AIR_LOG_ERROR || level > AIR_LOG_DEBUG || !message || strchr(message, '\n') || message[0] == '\0') {
    ++lines->n_odd;
  } else {
    ++lines->n_of_level[level];
  }
}

static void drop(void *user) {
  ++((log_lines *)user)->n_drops;
}

static log_lines run_with_log(const char *descriptor, air_log_level level) {
  log_lines lines = {.n_odd = 0};
  air_log log = {.line = take_line, .drop = drop, .user = &lines, .level = level};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  air_runner *runner = NULL;
  const air_status status = air_connect(descriptor, &options, &runner);
  log = (air_log){.line = NULL};  // it was copied
  if (status == AIR_OK) {
    null_io io;
    null_io_init(&io, 1);
    io.in1[0][0] = NAN;
    const air_invoke_options invoke = {.struct_size = sizeof invoke, .mode = AIR_MODE_DEBUG};
    air_release_result(null_invoke(first_session(runner), &io, &invoke, NULL));
    assert_int_equal(lines.n_drops, 0);
    CHECK_OK(air_disconnect(runner));
  }
  assert_int_equal(lines.n_odd, 0);
  assert_int_equal(lines.n_drops, 1);
  assert_int_equal(lines.n_after_drop, 0);
  return lines;
}

static void test_log_levels(void **state) {
  const log_lines all = run_with_log("null:", AIR_LOG_DEBUG);
  assert_true(all.n_of_level[AIR_LOG_DEBUG] > 0);
  assert_int_equal(all.n_of_level[AIR_LOG_ERROR], 0);
  assert_int_equal(all.n_of_level[AIR_LOG_WARNING], 1);  // the NaN
  for (air_log_level limit = AIR_LOG_ERROR; limit < AIR_LOG_DEBUG; ++limit) {
    const log_lines some = run_with_log("null:", limit);
    for (air_log_level level = AIR_LOG_ERROR; level <= AIR_LOG_DEBUG; ++level) {
      assert_int_equal(some.n_of_level[level], level <= limit ? all.n_of_level[level] : 0);
    }
  }
  const log_lines by_default = run_with_log("null:", AIR_LOG_DEFAULT);
  assert_int_equal(by_default.n_of_level[AIR_LOG_WARNING], 1);
  assert_int_equal(by_default.n_of_level[AIR_LOG_INFO], 0);
}

// What belongs to the log is given up in any case, once.
static void test_log_of_a_connection_that_fails(void **state) {
  run_with_log("null:?connect_fail=1", AIR_LOG_DEBUG);
  run_with_log("nosuchscheme:", AIR_LOG_DEBUG);
  run_with_log("null:?models", AIR_LOG_DEBUG);
  log_lines lines = {.n_odd = 0};
  const air_log log = {.line = take_line, .drop = drop, .user = &lines};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, NULL));
  assert_int_equal(lines.n_drops, 1);
}

// The same, unless the options themselves are refused.
static void test_log_of_a_search_that_fails(void **state) {
  log_lines lines = {.n_odd = 0};
  const air_log log = {.line = take_line, .drop = drop, .user = &lines};
  air_connect_options options = {.struct_size = sizeof options, .log = &log};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_list_plugins(&options, NULL));
  assert_int_equal(lines.n_drops, 1);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_scan(&options, NULL));
  assert_int_equal(lines.n_drops, 2);

  const air_device_list *devices = NULL;
  const air_plugin_list *plugins = NULL;
  options.n_options = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_scan(&options, &devices));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_list_plugins(&options, &plugins));
  options.n_options = 0;
  options.reserved = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_scan(&options, &devices));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_list_plugins(&options, &plugins));
}

static void test_log_of_a_search(void **state) {
  log_lines lines = {.n_odd = 0};
  const air_log log = {.line = take_line, .drop = drop, .user = &lines, .level = AIR_LOG_DEBUG};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  const air_plugin_list *plugins = NULL;
  CHECK_OK(air_list_plugins(&options, &plugins));
  assert_int_equal(lines.n_drops, 1);
  const air_device_list *devices = NULL;
  CHECK_OK(air_scan(&options, &devices));
  assert_int_equal(lines.n_drops, 2);
  assert_int_equal(lines.n_odd, 0);
  air_free_plugin_list(plugins);
  air_free_device_list(devices);
}

static void test_log_without_function(void **state) {
  const air_log log = {.line = NULL, .level = AIR_LOG_DEBUG};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:", &options, &runner));
  air_disconnect(runner);
}

static void test_reserved_of_a_log(void **state) {
  log_lines lines = {.n_odd = 0};
  const air_log log = {.line = take_line, .user = &lines, .reserved = 1};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_connect("null:", &options, &runner));
}

static void test_logs_of_two_runners_stay_apart(void **state) {
  log_lines lines = {.n_odd = 0};
  const air_log log = {.line = take_line, .user = &lines, .level = AIR_LOG_DEBUG};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
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
      cmocka_unit_test(test_retained_error),
      cmocka_unit_test(test_retained_error_of_a_thread_that_has_ended),
      cmocka_unit_test(test_retained_error_with_causes),
      cmocka_unit_test(test_retained_before_any_error),
      cmocka_unit_test(test_set_error),
      cmocka_unit_test(test_success_and_reading_keep_the_error),
      cmocka_unit_test(test_next_failure_replaces_all_of_it),
      cmocka_unit_test(test_failing_connect_tells_where_it_searched),
      cmocka_unit_test(test_backend_tells_why_connecting_failed),
      cmocka_unit_test(test_log_levels),
      cmocka_unit_test(test_log_of_a_connection_that_fails),
      cmocka_unit_test(test_log_of_a_search_that_fails),
      cmocka_unit_test(test_log_of_a_search),
      cmocka_unit_test(test_log_without_function),
      cmocka_unit_test(test_reserved_of_a_log),
      cmocka_unit_test(test_logs_of_two_runners_stay_apart),
  };
  return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
