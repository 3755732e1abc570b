// SPDX-License-Identifier: BSD-3-Clause
// Results are values: they outlive everything, never change, and may be read while the session runs on.
#include <stdio.h>
#include <string.h>

#include "airunner_report.h"
#include "airunner_st.h"
#include "background.h"
#include "folders.h"
#include "system.h"

enum { EVERYTHING = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS };

static const air_result *run(air_session *session, null_io *io, uint64_t n) {
  null_io_init(io, n);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
  return null_invoke_kept(session, io, &options, NULL);
}

/** All that can be asked of a result of the null model, and a report of it. */
static void check_whole(const null_io *io, const air_result *result) {
  null_check_result(io, result, io->n);
  null_check_nodes(io, result, io->n);
  const air_view input = tensor_of(result, AIR_PLACE_INPUT, 0, 0, AIR_ALL_SAMPLES);
  assert_int_equal(input.size_bytes, io->n * sizeof io->in1[0]);
  assert_memory_equal(input.data, io->in1, (size_t)input.size_bytes);
  assert_int_equal(profile_of(result)->n_runs, io->n);
  for (uint32_t node = 0; node < N_NODES; ++node) {
    for (uint64_t s = 0; s < io->n; ++s) assert_true(values_of(result, "time.device", node)[s] >= 0.0);
  }
  assert_string_equal(air_get_result_model(result)->nodes[3]->name, "split");
  char *text = NULL;
  CHECK_OK(air_result_to_json(result, AIR_JSON_DATA, &text));
  air_free_text(text);
}

static void test_a_result_outlives_its_runner(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  const air_result *result = run(first_session(runner), &io, 5);
  CHECK_OK(air_disconnect(runner));
  check_whole(&io, result);
  assert_ptr_equal(air_retain_result(result), result);
  air_release_result(result);
  check_whole(&io, result);
  air_release_result(result);
}

// The plugin's code and texts have gone from memory: nothing of a value may point there.
static void test_values_outlive_the_plugin(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  const float x[] = {1.0f, 2.0f};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
  const air_result *result = NULL;
  CHECK_OK(air_invoke(first_session(runner), 1, &in, 1, NULL, 0, &options, NULL, &result));
  const air_model *model = air_retain_model(model_of(first_session(runner)));
  char byte = 0;
  CHECK_FAILS(AIR_ERROR_TARGET, air_st_memory_read(runner, 1000, &byte, 1, NULL));
  const air_error *error = air_retain_error(air_last_error());
  CHECK_OK(air_disconnect(runner));
  assert_unloaded("device");

  const float y[] = {2.0f, 4.0f};
  assert_memory_equal(tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, 0).data, y, sizeof y);
  assert_memory_equal(tensor_of(result, AIR_PLACE_NODE, 0, 0, 0).data, y, sizeof y);
  assert_string_equal(air_get_note(result, 0, 0), "first note\nsecond line");
  assert_true(values_of(result, "counter.0", AIR_WHOLE_RUN)[0] == 100.0);
  assert_string_equal(air_get_result_model(result)->nodes[0]->operation, "Mul");
  assert_string_equal(model->name, "twice");
  assert_string_equal(model->backend, "device");
  assert_string_equal(model->inputs[0]->name, "x");
  assert_string_equal(air_get_property(model, "device.attributes"), "fpu\ncore_icache");
  assert_string_equal(error->message, "no such memory");
  air_release_result(result);
  air_release_model(model);
  air_release_error(error);
}

static void test_two_results_differ_and_stay(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io first_io, second_io, other;
  const air_result *first = run(session, &first_io, 4);
  null_io_init(&second_io, 4);
  for (int s = 0; s < 4; ++s) {
    for (int i = 0; i < N_IN1; ++i) second_io.in1[s][i] += 1.5f;
    for (int i = 0; i < N_IN2; ++i) second_io.in2[s][i] = (int8_t)-second_io.in2[s][i];
  }
  const air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
  const air_result *second = null_invoke_kept(session, &second_io, &options, NULL);
  assert_ptr_not_equal(first, second);
  const air_view a = tensor_of(first, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES);
  const air_view b = tensor_of(second, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES);
  assert_memory_not_equal(a.data, b.data, (size_t)a.size_bytes);
  const double time = values_of(first, "time.device", 2)[3];
  for (int i = 1; i < 10; ++i) air_release_result(run(session, &other, (uint64_t)i * 3));
  air_trim(session);
  check_whole(&first_io, first);
  check_whole(&second_io, second);
  assert_true(values_of(first, "time.device", 2)[3] == time);
  assert_ptr_equal(tensor_of(first, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).data, a.data);
  air_release_result(first);
  air_release_result(second);
  CHECK_OK(air_disconnect(runner));
}

// Released memory is used again: nothing of a former, larger result shows.
static void test_memory_is_used_again_and_nothing_shows(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  for (uint64_t n = MAX_SAMPLES; n > 0; n -= n > 5 ? 5 : n) {
    const air_result *result = run(session, &io, n);
    check_whole(&io, result);
    air_release_result(result);
    null_io_init(&io, n);
    result = null_invoke_kept(session, &io, NULL, NULL);
    null_check_result(&io, result, n);
    assert_false(holds(result, AIR_PLACE_INPUT, 0, 0));
    assert_false(holds(result, AIR_PLACE_NODE, 0, 0));
    assert_null(values_of(result, "time.device", 0));
    assert_string_equal(air_get_note(result, 0, 0), "");
    air_release_result(result);
  }
  CHECK_OK(air_disconnect(runner));
}

// ---- Reading on one thread, running on another.

typedef struct reader {
  const air_result *result;
  const null_io *io;
  atomic_int *quit;
  atomic_long n_reads;
  long n_wrong;
} reader;

/** No report and no assertion: only what a thread of a program does with the value. */
static void *read_result(void *argument) {
  reader *r = argument;
  while (!atomic_load(r->quit)) {
    const air_result *mine = air_retain_result(r->result);
    air_view view;
    int8_t want[N_OUT1];
    for (uint64_t s = 0; s < r->io->n; ++s) {
      null_node_1(r->io, s, want);
      for (air_place place = AIR_PLACE_OUTPUT; place <= AIR_PLACE_NODE; ++place) {
        const air_status status = air_get_tensor(mine, place, place == AIR_PLACE_NODE, 0, s, &view);
        r->n_wrong += status != AIR_OK || view.size_bytes != sizeof want || memcmp(view.data, want, sizeof want) != 0;
      }
    }
    const air_model *model = air_get_result_model(mine);
    const double *times = air_get_values(mine, air_find_column(model, "time.device"), 1);
    r->n_wrong += !times || air_get_profile(mine)->n_runs != r->io->n || model->n_nodes != N_NODES;
    air_release_result(mine);
    atomic_fetch_add(&r->n_reads, 1);
  }
  return NULL;
}

static void test_read_while_the_session_runs(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io, other;
  const air_result *result = run(session, &io, 8);
  atomic_int quit = 0;
  reader r = {.result = result, .io = &io, .quit = &quit};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, read_result, &r), 0);
  for (int i = 0; i < 300; ++i) air_release_result(run(session, &other, 1 + (uint64_t)i % 16));
  while (atomic_load(&r.n_reads) == 0) pause_ms(1);
  atomic_store(&quit, 1);
  pthread_join(thread, NULL);
  assert_int_equal(r.n_wrong, 0);
  air_release_result(result);
  CHECK_OK(air_disconnect(runner));
}

typedef struct reporter {
  const air_result *result;
  const char *alone;  // the report that was made when nothing ran
  atomic_int *quit;
  atomic_long n_reports;
  long n_wrong;
} reporter;

static void *report_result(void *argument) {
  reporter *r = argument;
  while (!atomic_load(r->quit)) {
    char *text = NULL;
    const air_status status = air_result_to_json(r->result, AIR_JSON_DATA, &text);
    r->n_wrong += status != AIR_OK || strcmp(text, r->alone) != 0;
    air_free_text(text);
    atomic_fetch_add(&r->n_reports, 1);
  }
  return NULL;
}

static void test_report_while_the_session_runs(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io, other;
  const air_result *result = run(session, &io, 20);
  char *alone = NULL;
  CHECK_OK(air_result_to_json(result, AIR_JSON_DATA, &alone));
  atomic_int quit = 0;
  reporter r = {.result = result, .alone = alone, .quit = &quit};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, report_result, &r), 0);
  for (int i = 0; i < 100 || atomic_load(&r.n_reports) < 3; ++i) air_release_result(run(session, &other, 30));
  atomic_store(&quit, 1);
  pthread_join(thread, NULL);
  assert_int_equal(r.n_wrong, 0);
  air_free_text(alone);
  air_release_result(result);
  CHECK_OK(air_disconnect(runner));
}

// The last holder may be another thread, while the session takes memory for the next result.
typedef struct hand_over {
  _Atomic(const air_result *) next;
  atomic_int quit;
} hand_over;

static void *release_results(void *argument) {
  hand_over *h = argument;
  while (!atomic_load(&h->quit)) air_release_result(atomic_exchange(&h->next, NULL));
  air_release_result(atomic_exchange(&h->next, NULL));
  return NULL;
}

static void test_released_on_another_thread(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  hand_over h = {.next = NULL};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, release_results, &h), 0);
  null_io io;
  for (int i = 0; i < 500; ++i) {
    const air_result *result = run(session, &io, 1 + (uint64_t)i % 5);
    null_check_result(&io, result, io.n);
    air_release_result(atomic_exchange(&h.next, result));
  }
  CHECK_OK(air_disconnect(runner));  // before the last ones are released
  atomic_store(&h.quit, 1);
  pthread_join(thread, NULL);
}

// ---- What is kept.

static void test_without_out_result_nothing_is_kept(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 3);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
  CHECK_OK(air_invoke(session, 3, io.inputs, 2, NULL, 0, &options, NULL, NULL));
  CHECK_OK(air_invoke(session, 3, io.inputs, 2, io.outputs, 2, &options, NULL, NULL));
  null_io_check(&io, 3);
  CHECK_OK(air_disconnect(runner));
}

// Rounds without end would need memory without end if they were kept.
static void test_without_out_result_measurements_are_not_kept(void **state) {
  if (AIR_TEST_SANITIZED) return;  // it counts memory
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options, .repeat = 200000};
  const long before = resident_kib();
  CHECK_OK(air_invoke(first_session(runner), 1, io.inputs, 2, NULL, 0, &options, NULL, NULL));
  assert_true(resident_kib() - before < 1024);  // a time of two kinds for each run is 3 MiB
  CHECK_OK(air_disconnect(runner));
}

static void test_partial(void **state) {
  static const struct {
    const char *descriptor;
    uint64_t n_done;
  } cases[] = {{"null:?fail_sample=3", 3}, {"null:?fail_sample=1&fail_at=2", 1}, {"null:?fail_at=1", 0}};
  for (size_t i = 0; i < ARRAY_SIZE(cases); ++i) {
    air_runner *runner = connect_to(cases[i].descriptor);
    air_session *session = first_session(runner);
    null_io io;
    null_io_init(&io, 6);
    air_invoke_options options = {.struct_size = sizeof options, .mode = EVERYTHING};
    const air_result *const marker = (const air_result *)(uintptr_t)0x10;
    const air_result *result = marker;
    CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(session, 6, io.inputs, 2, NULL, 0, &options, NULL, &result));
    assert_ptr_equal(result, marker);
    options.mode |= AIR_MODE_PARTIAL;
    CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(session, 6, io.inputs, 2, NULL, 0, &options, NULL, &result));
    assert_ptr_not_equal(result, marker);
    CHECK_OK(air_disconnect(runner));
    assert_int_equal(profile_of(result)->stopped, 0);
    assert_int_equal(profile_of(result)->n_runs, cases[i].n_done);
    null_check_result(&io, result, cases[i].n_done);
    if (cases[i].n_done > 0) null_check_nodes(&io, result, cases[i].n_done);
    air_release_result(result);
  }
}

static void test_partial_after_a_cancel(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=20");
  air_token *token = air_make_token();
  background b;
  start(&b, first_session(runner), token, AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_PARTIAL);
  pause_ms(30);
  air_cancel(token);
  const air_status status = join(&b);
  const uint64_t n_done = profile_of(b.result)->n_samples;
  if (status == AIR_ERROR_CANCELLED) {
    assert_true(n_done < 4);
  } else {  // on a machine that was busy elsewhere
    CHECK_OK(status);
    assert_int_equal(n_done, 4);
  }
  null_check_result(&b.io, b.result, n_done);
  if (n_done > 0) null_check_nodes(&b.io, b.result, n_done);
  air_release_error(b.error);
  air_release_result(b.result);
  air_release_token(token);
  CHECK_OK(air_disconnect(runner));
}

// The caller's own memory has what was completed, whatever becomes of the rest.
static void test_partial_in_memory_of_the_caller(void **state) {
  air_runner *runner = connect_to("null:?fail_sample=2");
  null_io io;
  null_io_init(&io, 4);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PARTIAL};
  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_RUN_FAILED,
              air_invoke(first_session(runner), 4, io.inputs, 2, io.outputs, 2, &options, NULL, &result));
  assert_int_equal(profile_of(result)->n_samples, 2);
  assert_false(holds(result, AIR_PLACE_OUTPUT, 0, 0));
  null_check_outputs(&io, io.out1, io.out2, 2);
  air_release_result(result);
  CHECK_OK(air_disconnect(runner));
}

typedef struct until {
  uint64_t sample;
  uint32_t node;
} until;

static air_action stop_at(void *user, const air_node_event *event) {
  const until *u = user;
  return event->sample == u->sample && event->node == u->node ? AIR_STOP : AIR_CONTINUE;
}

static const air_result *run_until(air_session *session, null_io *io, until u) {
  CHECK_OK(air_reset_states(session, NULL));
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA, .repeat = 3};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &u, .on_node_end = stop_at};
  const air_result *result = NULL;
  CHECK_OK(air_invoke(session, io->n, io->inputs, 2, NULL, 0, &options, &callbacks, &result));
  assert_true(profile_of(result)->stopped);
  return result;
}

// A later round has the memory of the one before: what it overwrote when it broke off is not passed off as that one's.
static void test_a_round_that_breaks_off(void **state) {
  air_runner *runner = connect_to("null:?stateful=1");
  null_io io;
  null_io_init(&io, 2);
  for (uint32_t node = 0; node < N_NODES; ++node) {
    const air_result *result = run_until(first_session(runner), &io, (until){2, node});
    assert_int_equal(profile_of(result)->n_runs, 2);
    assert_int_equal(profile_of(result)->n_samples, 0);
    assert_int_equal(tensor_of(result, AIR_PLACE_OUTPUT, 0, 1, AIR_ALL_SAMPLES).size_bytes, 0);
    air_release_result(result);
    result = run_until(first_session(runner), &io, (until){3, node});
    assert_int_equal(profile_of(result)->n_runs, 3);
    assert_int_equal(profile_of(result)->n_samples, 1);
    air_release_result(result);
  }
  CHECK_OK(air_disconnect(runner));
}

static void test_trim_leaves_results_alone(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io, other;
  const air_result *kept = run(session, &io, 6);
  air_release_result(run(session, &other, 9));
  air_trim(session);
  air_trim(session);
  check_whole(&io, kept);
  const air_result *next = run(session, &other, 2);
  check_whole(&other, next);
  CHECK_OK(air_disconnect(runner));
  air_release_result(kept);
  air_release_result(next);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_result_outlives_its_runner),
      cmocka_unit_test(test_values_outlive_the_plugin),
      cmocka_unit_test(test_two_results_differ_and_stay),
      cmocka_unit_test(test_memory_is_used_again_and_nothing_shows),
      cmocka_unit_test(test_read_while_the_session_runs),
      cmocka_unit_test(test_report_while_the_session_runs),
      cmocka_unit_test(test_released_on_another_thread),
      cmocka_unit_test(test_without_out_result_nothing_is_kept),
      cmocka_unit_test(test_without_out_result_measurements_are_not_kept),
      cmocka_unit_test(test_partial),
      cmocka_unit_test(test_partial_after_a_cancel),
      cmocka_unit_test(test_partial_in_memory_of_the_caller),
      cmocka_unit_test(test_a_round_that_breaks_off),
      cmocka_unit_test(test_trim_leaves_results_alone),
  };
  return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
