// SPDX-License-Identifier: BSD-3-Clause
// Speaking to the device behind a runner, through extensions too, and what it measures (plugins/device.c). The null backend has none: everything
// is refused, clearly, and the runner stays usable.
#include <math.h>
#include <string.h>

#include "airunner_st.h"
#include "capi.h"
#include "folders.h"

static void test_without_device(void **state) {
  air_runner *runner = connect_to("null:");
  char byte = 0;
  uint32_t value = 0;
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_reconnect(runner, NULL));
  CHECK_ERROR_TELLS("link");
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_ping(runner, NULL));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_st_memory_read(runner, 0, &byte, 1, NULL));
  CHECK_ERROR_TELLS("backend null has no extension \"st\"");
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_st_memory_write(runner, 0, &byte, 1, NULL));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_st_memory_checksum(runner, 0, 1, NULL, &value));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_st_self_test(runner, 0, 0, 0, NULL, &value));
  assert_int_equal(air_has_extension(runner, AIR_ST_EXTENSION), 0);

  null_io io;
  null_io_init(&io, 1);
  air_release_result(null_invoke(first_session(runner), &io, NULL, NULL));
  null_io_check(&io, 1);
  air_disconnect(runner);
}

static void test_null_arguments(void **state) {
  air_runner *runner = connect_to("null:");
  char byte = 0;
  uint32_t value = 0;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_ping(NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_reconnect(NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_reset_states(NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_memory_read(NULL, 0, &byte, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_memory_read(runner, 0, NULL, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_memory_write(NULL, 0, &byte, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_memory_write(runner, 0, NULL, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_memory_checksum(NULL, 0, 1, NULL, &value));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_memory_checksum(runner, 0, 1, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_self_test(NULL, 0, 0, 0, NULL, &value));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_st_self_test(runner, 0, 0, 0, NULL, NULL));
  air_disconnect(runner);
}

static void test_memory(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  const char written[] = {1, 2, 3, 4, 5};
  char read[sizeof written] = {0};
  uint32_t checksum = 0;
  const air_call call = {.struct_size = sizeof call, .timeout_ms = 1000};
  CHECK_OK(air_st_memory_write(runner, 10, written, sizeof written, NULL));
  CHECK_OK(air_st_memory_read(runner, 10, read, sizeof read, &call));
  assert_memory_equal(read, written, sizeof written);
  CHECK_OK(air_st_memory_checksum(runner, 10, sizeof written, NULL, &checksum));
  assert_int_equal(checksum, 15);
  checksum = 4711;
  CHECK_FAILS(AIR_ERROR_TARGET, air_st_memory_checksum(runner, 1000, 1, NULL, &checksum));
  CHECK_ERROR_TELLS("no such memory");
  assert_int_equal(checksum, 4711);
  CHECK_FAILS(AIR_ERROR_TARGET, air_st_memory_read(runner, 63, read, 2, NULL));
  CHECK_FAILS(AIR_ERROR_TARGET, air_st_memory_write(runner, 63, written, 2, NULL));
  CHECK_OK(air_disconnect(runner));
}

static void test_other_questions(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  uint32_t value = 0;
  CHECK_OK(air_st_self_test(runner, 1, 2, 3, NULL, &value));
  assert_int_equal(value, 123);
  CHECK_OK(air_ping(runner, NULL));
  CHECK_OK(air_reconnect(runner, NULL));
  CHECK_OK(air_reset_states(first_session(runner), NULL));
  CHECK_OK(air_disconnect(runner));
}

/** What a library above does with an extension. */
typedef struct work {
  air_runner *runner;
  air_status status;    // to return
  const char *message;  // to say before
  const void *table;    // as it was called with, and
  int n_calls;
} work;

static air_status do_work(void *user, const void *table, struct air_connection *connection) {
  work *w = user;
  ++w->n_calls;
  w->table = table;
  assert_non_null(connection);
  // The runner is held meanwhile.
  CHECK_FAILS(AIR_ERROR_BUSY, air_ping(w->runner, NULL));
  CHECK_FAILS(AIR_ERROR_BUSY, air_disconnect(w->runner));
  if (w->message) air_set_error(w->status, 7, w->message);
  return w->status;
}

static air_status never_called(void *user, const void *table, struct air_connection *connection) {
  fail_msg("called");
  return AIR_OK;
}

static void test_extension(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  assert_int_equal(air_has_extension(runner, AIR_ST_EXTENSION), 1);
  assert_int_equal(air_has_extension(runner, "nonsense"), 0);
  assert_int_equal(air_has_extension(runner, NULL), 0);
  assert_int_equal(air_has_extension(NULL, AIR_ST_EXTENSION), 0);
  work w = {.runner = runner};
  CHECK_OK(air_use_extension(runner, AIR_ST_EXTENSION, NULL, do_work, &w));
  assert_int_equal(w.n_calls, 1);
  assert_int_equal(*(const uint32_t *)w.table, sizeof(air_st_backend));
  CHECK_OK(air_ping(runner, NULL));  // it is free again

  w.status = AIR_ERROR_IO;
  w.message = "said by the library above";
  CHECK_FAILS(AIR_ERROR_IO, air_use_extension(runner, AIR_ST_EXTENSION, NULL, do_work, &w));
  assert_string_equal(air_last_error()->message, w.message);
  assert_int_equal(air_last_error()->vendor_code, 7);
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_use_extension(runner, "nonsense", NULL, never_called, NULL));
  CHECK_ERROR_TELLS("backend device has no extension \"nonsense\"");
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_use_extension(NULL, AIR_ST_EXTENSION, NULL, never_called, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_use_extension(runner, NULL, NULL, never_called, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_use_extension(runner, AIR_ST_EXTENSION, NULL, NULL, NULL));
  CHECK_OK(air_disconnect(runner));
}

static air_status fail_silently(void *user, const void *table, struct air_connection *connection) {
  return AIR_ERROR_TARGET;
}

static void test_extension_that_does_not_say_why(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  CHECK_FAILS(AIR_ERROR_TARGET, air_use_extension(runner, AIR_ST_EXTENSION, NULL, fail_silently, NULL));
  CHECK_ERROR_TELLS("backend device: extension st failed");
  CHECK_OK(air_disconnect(runner));
}

static air_status read_count(void *user, const void *table, struct air_connection *connection) {
  *(int *)user = ((const int *)table)[1];
  return AIR_OK;
}

// A plugin is asked for an extension once, also by several runners.
static void test_extension_is_asked_for_once(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  assert_int_equal(air_has_extension(runner, "asked"), 1);
  int first = 0, later = 0;
  CHECK_OK(air_use_extension(runner, "asked", NULL, read_count, &first));
  for (int i = 0; i < 3; ++i) assert_int_equal(air_has_extension(runner, "asked"), 1);
  CHECK_OK(air_use_extension(runner, "asked", NULL, read_count, &later));
  assert_true(first > 0);
  assert_int_equal(later, first);
  CHECK_OK(air_disconnect(runner));
}

static air_action use_extension_within(void *user, uint64_t sample) {
  CHECK_FAILS(AIR_ERROR_BUSY, air_use_extension(user, AIR_ST_EXTENSION, NULL, never_called, NULL));
  return AIR_CONTINUE;
}

static void test_extension_during_an_invoke(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  const float x[] = {1.0f, 2.0f};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks, .user = runner, .on_sample_begin = use_extension_within};
  CHECK_OK(air_invoke(first_session(runner), 1, &in, 1, NULL, 0, NULL, &callbacks, NULL));
  CHECK_OK(air_disconnect(runner));
}

static void test_cancelled_before(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  air_token *token = air_make_token();
  const air_call call = {.struct_size = sizeof call, .token = token};
  CHECK_OK(air_ping(runner, &call));
  air_cancel(token);
  char byte = 'x';
  uint32_t value = 4711;
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_ping(runner, &call));
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_reset_states(first_session(runner), &call));
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_st_memory_read(runner, 0, &byte, 1, &call));
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_st_memory_write(runner, 0, &byte, 1, &call));
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_st_memory_checksum(runner, 0, 1, &call, &value));
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_st_self_test(runner, 0, 0, 0, &call, &value));
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_use_extension(runner, AIR_ST_EXTENSION, &call, never_called, NULL));
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_reconnect(runner, &call));
  assert_int_equal(byte, 'x');
  assert_int_equal(value, 4711);
  // The runner is as it was.
  CHECK_OK(air_st_memory_read(runner, 0, &byte, 1, NULL));
  assert_int_equal(byte, 0);
  air_release_token(token);
  CHECK_OK(air_disconnect(runner));
}

/** Two samples, with everything that a device tells. */
static const air_result *run_device(air_runner *runner, const air_callbacks *callbacks) {
  const float x[] = {1.0f, 2.0f, 3.0f, 4.0f};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  const air_result *result = NULL;
  CHECK_OK(air_invoke(first_session(runner), 2, &in, 1, NULL, 0, &options, callbacks, &result));
  return result;
}

static void check_values(const air_result *result, const char *column, uint32_t node, double first, double second) {
  const double *values = values_of(result, column, node);
  if (!values) fail_msg("%s: nothing measured", column);
  if (values[0] != first || values[1] != second) fail_msg("%s: %g, %g", column, values[0], values[1]);
}

static void test_columns(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  const air_result *result = run_device(runner, NULL);
  CHECK_OK(air_disconnect(runner));
  check_values(result, "time.device", AIR_WHOLE_RUN, 1.0, 2.0);
  check_values(result, "time.device", 0, 0.5, 1.5);
  check_values(result, "time.run", AIR_WHOLE_RUN, 2.0, 4.0);
  check_values(result, "time.link", AIR_WHOLE_RUN, 3.0, 3.0);
  check_values(result, "link.sent", AIR_WHOLE_RUN, 40, 40);
  check_values(result, "link.received", AIR_WHOLE_RUN, 50, 50);
  check_values(result, "link.packets", AIR_WHOLE_RUN, 6, 6);
  check_values(result, "link.turnarounds", AIR_WHOLE_RUN, 2, 2);
  check_values(result, "memory.stack", AIR_WHOLE_RUN, 512, 512);
  check_values(result, "counter.0", AIR_WHOLE_RUN, 100, 200);
  check_values(result, "counter.1", AIR_WHOLE_RUN, 10, 20);
  check_values(result, "counter.0", 0, 70, 80);
  const double *second_of_node = values_of(result, "counter.1", 0);
  assert_true(!second_of_node || isnan(second_of_node[0]));
  const air_model *model = air_get_result_model(result);
  const uint32_t heap = air_find_column(model, "memory.heap");
  const double *heap_values = heap == UINT32_MAX ? NULL : air_get_values(result, heap, AIR_WHOLE_RUN);
  assert_true(!heap_values || isnan(heap_values[0]));
  assert_int_equal(model->columns[air_find_column(model, "memory.stack")]->kind, AIR_KIND_LEVEL);
  assert_string_equal(model->columns[air_find_column(model, "memory.stack")]->unit, "B");
  assert_int_equal(model->columns[air_find_column(model, "link.sent")]->kind, AIR_KIND_COUNT);
  assert_non_null(strstr(model->columns[air_find_column(model, "counter.0")]->text, "cycles"));
  assert_true(air_get_profile(result)->device_ms == 3.0);
  assert_true(air_get_profile(result)->link_ms == 6.0);
  air_release_result(result);
}

typedef struct told {
  double time[2], counter[2];
  char note[2][64];
} told;

static air_action see_node(void *user, const air_node_event *event) {
  told *t = user;
  for (uint32_t i = 0; i < event->n_columns; ++i) {
    if (strcmp(event->columns[i]->name, "time.device") == 0) t->time[event->sample] = event->values[i];
    if (strcmp(event->columns[i]->name, "counter.0") == 0) t->counter[event->sample] = event->values[i];
  }
  strncpy(t->note[event->sample], event->note, sizeof t->note[0] - 1);
  return AIR_CONTINUE;
}

// An event tells all that was measured at its node; the columns are those of the result.
static void test_columns_of_events(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  told t = {.time = {0}};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &t, .on_node_end = see_node};
  const air_result *result = run_device(runner, &callbacks);
  CHECK_OK(air_disconnect(runner));
  check_values(result, "time.device", 0, t.time[0], t.time[1]);
  check_values(result, "counter.0", 0, t.counter[0], t.counter[1]);
  assert_true(t.time[1] == 1.5 && t.counter[1] == 80.0);
  assert_string_equal(t.note[0], "first note\nsecond line");
  assert_string_equal(t.note[1], "another note");
  air_release_result(result);
}

static int n_lines;
static char lines[4][64];

static void keep_line(void *user, air_log_level level, const char *message) {
  if (level == AIR_LOG_WARNING && n_lines < 4) strncpy(lines[n_lines++], message, sizeof lines[0] - 1);
}

// The note on a run is in the result, and once in the log, line by line.
static void test_notes(void **state) {
  const air_log log = {.line = keep_line};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", &options, &runner));
  const air_result *result = run_device(runner, NULL);
  assert_int_equal(n_lines, 2);
  assert_string_equal(lines[0], "fell back to the CPU");
  assert_string_equal(lines[1], "for Conv");
  CHECK_OK(air_reset_states(first_session(runner), NULL));  // it is told again
  const air_result *second = run_device(runner, NULL);
  assert_int_equal(n_lines, 2);
  assert_string_equal(air_get_note(second, AIR_WHOLE_RUN, 1), "fell back to the CPU\nfor Conv");
  air_release_result(second);
  CHECK_OK(air_disconnect(runner));
  assert_string_equal(air_get_note(result, 0, 0), "first note\nsecond line");
  assert_string_equal(air_get_note(result, 0, 1), "another note");
  assert_string_equal(air_get_note(result, 0, 2), "");
  assert_string_equal(air_get_note(result, AIR_WHOLE_RUN, 0), "");
  assert_string_equal(air_get_note(result, AIR_WHOLE_RUN, 1), "fell back to the CPU\nfor Conv");
  air_release_result(result);
}

static void test_properties(void **state) {
  static const air_option known[] = {{"runtime", "device runtime"},
                                     {"runtime.description", "of a test"},
                                     {"runtime.compiler", "cc 1.0"},
                                     {"runtime.protocol", "by hand"},
                                     {"runtime.version", "1.2.3"},
                                     {"tools.version", "4.5.6"},
                                     {"device", "a board"},
                                     {"device.type", "stm32"},
                                     {"device.id", "0x450"},
                                     {"device.system", "bare-metal"},
                                     {"device.sys_clock", "480000000"},
                                     {"device.attributes", "fpu\ncore_icache"},
                                     {"hash", "0xabc"},
                                     {"model_datetime", "Mon Jan 01 2024"},
                                     {"compile_datetime", "Tue Jan 02 2024"},
                                     {"flags", "flag_inputs"},
                                     {"install_ms", "12.5"}};
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  const air_model *model = air_retain_model(model_of(first_session(runner)));
  CHECK_OK(air_disconnect(runner));
  for (size_t i = 0; i < ARRAY_SIZE(known); ++i) {
    const char *value = air_get_property(model, known[i].key);
    if (!value || strcmp(value, known[i].value) != 0) fail_msg("%s: %s", known[i].key, value ? value : "not known");
  }
  assert_null(air_get_property(model, "device.bus_clock"));
  assert_null(air_get_property(model, "device.machine"));  // it is said to be empty
  assert_null(air_get_property(model, "device.extras"));
  assert_null(air_get_property(model, "init_ms"));
  assert_int_equal(model->macc, UINT64_MAX);
  assert_int_equal(model->weights_bytes, UINT64_MAX);
  assert_int_equal(model->activations_bytes, 0);  // which is known
  assert_int_equal(model->states_bytes, 4);
  air_release_model(model);
}

typedef struct node_seen {
  air_session *session;
  const air_node *description;
  int n_events;
} node_seen;

// What a run makes known is in the session's model when its first event comes.
static air_action look_at_model(void *user, const air_node_event *event) {
  node_seen *seen = user;
  const air_model *model = air_get_model(seen->session);
  assert_int_equal(model->n_nodes, 1);
  assert_ptr_equal(model->nodes[0], event->description);
  assert_string_equal(air_get_property(model, "st.format.N.0.0"), "8523840");
  assert_true(air_find_column(model, "counter.1") < event->n_columns);
  seen->description = event->description;
  ++seen->n_events;
  return AIR_CONTINUE;
}

static void test_node_described_in_a_run(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  air_session *session = first_session(runner);
  const air_model *before = model_of(session);
  assert_int_equal(before->n_nodes, 0);
  assert_int_equal(before->n_nodes_told, 1);
  node_seen seen = {.session = session};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &seen, .on_node_end = look_at_model};
  const air_result *result = run_device(runner, &callbacks);
  assert_int_equal(seen.n_events, 2);
  const air_node *node = air_get_result_model(result)->nodes[0];
  assert_ptr_equal(node, seen.description);
  assert_string_equal(node->name, "twice");
  assert_string_equal(node->operation, "Mul");
  assert_string_equal(node->processor, "NPU");
  assert_int_equal(node->operation_code, 3);
  assert_int_equal(node->computes_in, AIR_DTYPE_BFLOAT16);
  assert_int_equal(node->layer, 7);
  assert_int_equal(before->n_nodes, 0);
  // Described again, the same: nothing is new.
  const air_model *known = model_of(session);
  air_release_result(run_device(runner, NULL));
  assert_ptr_equal(model_of(session), known);
  air_release_result(result);
  CHECK_OK(air_disconnect(runner));
}

// A backend that does not look at its limit is left, without a trace.
static void test_connect_that_comes_too_late(void **state) {
  air_connect_options options = {.struct_size = sizeof options, .timeout_ms = 20};
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, connect_through("device", "device:late", &options, &runner));
  CHECK_ERROR_TELLS("backend device: connect");
  CHECK_ERROR_TELLS("20 ms");
  assert_null(runner);
  CHECK_FAILS(AIR_ERROR_IO, connect_through("device", "device:count", NULL, &runner));
  CHECK_ERROR_TELLS("none");
  options.timeout_ms = 20000;
  CHECK_OK(connect_through("device", "device:late", &options, &runner));
  CHECK_OK(air_disconnect(runner));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_without_device),
      cmocka_unit_test(test_null_arguments),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_other_questions),
      cmocka_unit_test(test_extension),
      cmocka_unit_test(test_extension_that_does_not_say_why),
      cmocka_unit_test(test_extension_is_asked_for_once),
      cmocka_unit_test(test_extension_during_an_invoke),
      cmocka_unit_test(test_cancelled_before),
      cmocka_unit_test(test_columns),
      cmocka_unit_test(test_columns_of_events),
      cmocka_unit_test(test_notes),
      cmocka_unit_test(test_properties),
      cmocka_unit_test(test_node_described_in_a_run),
      cmocka_unit_test(test_connect_that_comes_too_late),
  };
  return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
