// SPDX-License-Identifier: BSD-3-Clause
// Time limits, one call at a time, disconnecting in the middle. No test waits for a time; each has a limit that ends it.
#include <math.h>
#include <string.h>

#include "airunner_report.h"
#include "background.h"
#include "folders.h"

static air_status invoke_for(air_session *session, null_io *io, const air_invoke_options *options) {
  return air_invoke(session, io->n, io->inputs, 2, io->outputs, 2, options, NULL, NULL);
}

static void test_timeout_within_a_sample(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=60000");
  null_io io;
  null_io_init(&io, 2);
  const air_invoke_options options = {.struct_size = sizeof options, .timeout_ms = 50};
  const double begin = now_ms();
  CHECK_FAILS(AIR_ERROR_TIMEOUT, invoke_for(first_session(runner), &io, &options));
  const double took = now_ms() - begin;
  assert_true(took >= 45.0);
  assert_true(took < FAR_TOO_LONG_MS);
  CHECK_ERROR_TELLS("50");
  null_io_check(&io, 0);
  air_disconnect(runner);
}

static void test_timeout_between_samples(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=10");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, MAX_SAMPLES);
  air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PARTIAL, .timeout_ms = 55};
  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, MAX_SAMPLES, io.inputs, 2, NULL, 0, &options, NULL, &result));
  assert_true(profile_of(result)->n_samples < MAX_SAMPLES);
  null_check_result(&io, result, profile_of(result)->n_samples);
  air_release_result(result);

  null_io_init(&io, 1);
  options.timeout_ms = FAR_TOO_LONG_MS;
  CHECK_OK(invoke_for(session, &io, &options));
  null_io_check(&io, 1);
  air_disconnect(runner);
}

// Neither time nor memory is spent on runs that never come.
static void test_timeout_ends_an_absurd_repeat(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options,
                                      .mode = AIR_MODE_PER_LAYER | AIR_MODE_PARTIAL,
                                      .repeat = UINT32_MAX,
                                      .timeout_ms = 50};
  const air_result *result = NULL;
  const double begin = now_ms();
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(first_session(runner), 1, io.inputs, 2, NULL, 0, &options, NULL, &result));
  assert_true(now_ms() - begin < FAR_TOO_LONG_MS);
  const air_profile *profile = profile_of(result);
  assert_true(profile->n_runs > 0);
  assert_int_equal(profile->n_samples, 1);
  assert_true(values_of(result, "time.device", N_NODES - 1)[profile->n_runs - 1] >= 0.0);
  air_release_result(result);
  air_disconnect(runner);
}

static void test_timeout_holds_for_warmup_and_repeat(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=1");
  null_io io;
  null_io_init(&io, 1);
  air_invoke_options options = {.struct_size = sizeof options, .timeout_ms = 50, .warmup = UINT32_MAX};
  CHECK_FAILS(AIR_ERROR_TIMEOUT, invoke_for(first_session(runner), &io, &options));
  options.mode = AIR_MODE_PARTIAL;  // what was run for warming up is in no result
  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_TIMEOUT,
              air_invoke(first_session(runner), 1, io.inputs, 2, io.outputs, 2, &options, NULL, &result));
  assert_non_null(result);
  assert_int_equal(air_get_profile(result)->n_runs, 0);
  assert_int_equal(air_get_profile(result)->n_samples, 0);
  air_release_result(result);
  options.mode = 0;
  options.warmup = 0;
  options.repeat = 1000000;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, invoke_for(first_session(runner), &io, &options));
  air_disconnect(runner);
}

// What runs waits for nobody and nobody for it: a second call is refused, and what only looks goes on.
static void test_second_call_is_busy(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=60000&models=2&stateful=1");
  air_token *token = air_make_token();
  background b;
  start(&b, first_session(runner), token, 0);
  air_session *other = NULL;
  null_io io;
  null_io_init(&io, 1);
  CHECK_OK(air_get_session_at(runner, 1, &other));
  CHECK_OK(air_get_session(runner, "network_2", &other));
  assert_int_equal(air_get_n_models(runner), 2);
  assert_string_equal(model_of(other)->name, "network_2");
  air_input_set *set = NULL;
  CHECK_OK(air_make_random_inputs(other, 1, NULL, &set));
  char *text = NULL;
  CHECK_OK(air_model_to_json(model_of(first_session(runner)), 0, &text));
  air_free_text(text);
  air_free_inputs(set);
  air_trim(other);

  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_BUSY, air_invoke(other, 1, io.inputs, 2, io.outputs, 2, NULL, NULL, &result));
  assert_null(result);
  CHECK_FAILS(AIR_ERROR_BUSY, air_reset_states(other, NULL));
  CHECK_FAILS(AIR_ERROR_BUSY, air_ping(runner, NULL));
  CHECK_FAILS(AIR_ERROR_BUSY, air_reconnect(runner, NULL));
  CHECK_FAILS(AIR_ERROR_BUSY, air_prepare(other, NULL, 0, NULL));
  null_io_check(&io, 0);
  air_cancel(token);
  assert_int_equal(join(&b), AIR_ERROR_CANCELLED);
  air_release_error(b.error);
  air_release_token(token);
  CHECK_OK(air_disconnect(runner));
}

static void test_different_runners_do_not_wait_for_each_other(void **state) {
  air_runner *slow = connect_to("null:?delay_ms=60000");
  air_runner *fast = connect_to("null:");
  air_token *token = air_make_token();
  background b;
  start(&b, first_session(slow), token, 0);
  null_io io;
  null_io_init(&io, 3);
  air_release_result(null_invoke(first_session(fast), &io, NULL, NULL));
  null_io_check(&io, 3);
  air_cancel(token);
  assert_int_equal(join(&b), AIR_ERROR_CANCELLED);
  air_release_error(b.error);
  air_release_token(token);
  air_disconnect(slow);
  air_disconnect(fast);
}

// A finalizer may come at any time: it ends what runs and waits for it; nothing is used after it was released.
static void test_disconnect_during_an_invoke(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=60000");
  background b;
  start(&b, first_session(runner), NULL, AIR_MODE_PARTIAL);
  const double begin = now_ms();
  CHECK_OK(air_disconnect(runner));
  assert_true(now_ms() - begin < FAR_TOO_LONG_MS / 2.0);
  assert_int_equal(join(&b), AIR_ERROR_CANCELLED);
  air_release_error(b.error);
  air_release_result(b.result);
}

static void test_disconnect_during_many_invokes(void **state) {
  for (int i = 0; i < 50; ++i) {
    air_runner *runner = connect_to("null:?delay_ms=2");
    background b;
    start(&b, first_session(runner), NULL, 0);
    CHECK_OK(air_disconnect(runner));
    const air_status status = join(&b);
    assert_true(status == AIR_ERROR_CANCELLED || status == AIR_OK);
    if (status == AIR_OK) null_check_result(&b.io, b.result, 4);
    air_release_error(b.error);
    air_release_result(b.result);
  }
}

typedef struct inside {
  air_runner *runner;
  air_status of_disconnect, of_invoke;
  int n_calls;
} inside;

static void call_own_runner(inside *i) {
  null_io io;
  null_io_init(&io, 1);
  i->of_disconnect = air_disconnect(i->runner);
  i->of_invoke = air_invoke(first_session(i->runner), 1, io.inputs, 2, NULL, 0, NULL, NULL, NULL);
  ++i->n_calls;
}

static air_action call_from_callback(void *user, uint64_t sample) {
  call_own_runner(user);
  return AIR_CONTINUE;
}

static void test_own_runner_in_a_callback_is_busy(void **state) {
  air_runner *runner = connect_to("null:");
  inside i = {.runner = runner};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &i, .on_sample_begin = call_from_callback};
  null_io io;
  null_io_init(&io, 2);
  air_release_result(null_invoke(first_session(runner), &io, NULL, &callbacks));
  assert_int_equal(i.of_disconnect, AIR_ERROR_BUSY);
  assert_int_equal(i.of_invoke, AIR_ERROR_BUSY);
  assert_int_equal(i.n_calls, 2);
  null_io_check(&io, 2);
  CHECK_OK(air_disconnect(runner));
}

static void call_from_log(void *user, air_log_level level, const char *message) {
  inside *i = user;
  if (i->runner) call_own_runner(i);
}

static void test_own_runner_in_a_log_is_busy(void **state) {
  inside i = {.runner = NULL};
  const air_log log = {.line = call_from_log, .user = &i, .level = AIR_LOG_DEBUG};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:", &options, &runner));
  i.runner = runner;
  null_io io;
  null_io_init(&io, 2);
  io.in1[0][0] = NAN;  // which the log is told of
  air_release_result(null_invoke(first_session(runner), &io, NULL, NULL));
  i.runner = NULL;
  assert_true(i.n_calls > 0);
  assert_int_equal(i.of_disconnect, AIR_ERROR_BUSY);
  assert_int_equal(i.of_invoke, AIR_ERROR_BUSY);
  CHECK_OK(air_disconnect(runner));
}

enum { n_threads = 4, n_rounds = 200 };

static void disconnect_from_log(void *user, air_log_level level, const char *message) {
  inside *i = user;
  if (!i->runner || !strstr(message, "left alone")) return;
  i->of_disconnect = air_disconnect(i->runner);
  ++i->n_calls;
}

static void test_disconnecting_runner_in_its_log_is_busy(void **state) {
  inside i = {.runner = NULL};
  const air_log log = {.line = disconnect_from_log, .user = &i, .level = AIR_LOG_DEBUG};
  const air_connect_options options = {.struct_size = sizeof options, .log = &log};
  CHECK_OK(connect_through("device", "device:", &options, &i.runner));
  CHECK_OK(air_disconnect(i.runner));
  assert_int_equal(i.n_calls, 1);
  assert_int_equal(i.of_disconnect, AIR_ERROR_BUSY);
}

static void *hammer(void *argument) {
  atomic_int *n_wrong = argument;
  air_runner *runner = NULL;
  air_session *session = NULL;
  if (air_connect("null:", NULL, &runner) != AIR_OK || air_get_session(runner, NULL, &session) != AIR_OK) {
    atomic_fetch_add(n_wrong, 1);
    air_disconnect(runner);
    return NULL;
  }
  null_io io;
  null_io_init(&io, 8);
  int8_t want[N_OUT1];
  null_node_1(&io, 7, want);
  for (int round = 0; round < n_rounds; ++round) {
    memset(io.out1, 0, sizeof io.out1);
    const air_status status = air_invoke(session, 8, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL);
    if (status != AIR_OK || memcmp(io.out1[7], want, sizeof want) != 0) atomic_fetch_add(n_wrong, 1);
  }
  air_disconnect(runner);
  return NULL;
}

static void test_runners_in_threads(void **state) {
  atomic_int n_wrong = 0;
  pthread_t threads[n_threads];
  for (int i = 0; i < n_threads; ++i) assert_int_equal(pthread_create(&threads[i], NULL, hammer, &n_wrong), 0);
  for (int i = 0; i < n_threads; ++i) pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&n_wrong), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_timeout_within_a_sample),
      cmocka_unit_test(test_timeout_between_samples),
      cmocka_unit_test(test_timeout_ends_an_absurd_repeat),
      cmocka_unit_test(test_timeout_holds_for_warmup_and_repeat),
      cmocka_unit_test(test_second_call_is_busy),
      cmocka_unit_test(test_different_runners_do_not_wait_for_each_other),
      cmocka_unit_test(test_disconnect_during_an_invoke),
      cmocka_unit_test(test_disconnect_during_many_invokes),
      cmocka_unit_test(test_own_runner_in_a_callback_is_busy),
      cmocka_unit_test(test_own_runner_in_a_log_is_busy),
      cmocka_unit_test(test_disconnecting_runner_in_its_log_is_busy),
      cmocka_unit_test(test_runners_in_threads),
  };
  return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
