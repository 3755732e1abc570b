// SPDX-License-Identifier: BSD-3-Clause
// Time limits, cancelling from another thread, one call at a time. No test waits for a time; each has a limit that ends it.
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "capi.h"

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

// Slow machines and sanitizers need room; a hang would be an hour.
enum { far_too_long_ms = 20000 };

static void test_timeout_within_a_sample(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=60000");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 2);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.timeout_ms = 50;
  const double begin = now_ms();
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, &options));
  const double took = now_ms() - begin;
  assert_true(took >= 45.0);
  assert_true(took < far_too_long_ms);
  CHECK_ERROR_TELLS("50");
  assert_int_equal(profile_of(session)->n_samples, 0);
  air_disconnect(runner);
}

static void test_timeout_between_samples(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=10");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, MAX_SAMPLES);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.timeout_ms = 35;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, MAX_SAMPLES, io.inputs, 2, io.outputs, 2, &options));
  const uint64_t n_done = profile_of(session)->n_samples;
  assert_true(n_done < MAX_SAMPLES);
  null_check_outputs(&io, io.outputs, n_done);

  null_io_init(&io, 1);
  options.timeout_ms = far_too_long_ms;
  CHECK_OK(air_invoke(session, 1, io.inputs, 2, io.outputs, 2, &options));
  null_io_check(&io, 1);
  air_disconnect(runner);
}

// Neither time nor memory is spent on runs that never come.
static void test_timeout_ends_an_absurd_repeat(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 1);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER;
  options.repeat = UINT32_MAX;
  options.timeout_ms = 50;
  const double begin = now_ms();
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, 1, io.inputs, 2, io.outputs, 2, &options));
  assert_true(now_ms() - begin < far_too_long_ms);
  const air_profile *profile = profile_of(session);
  assert_true(profile->n_durations > 0);
  assert_int_equal(profile->n_nodes, 4);
  assert_true(profile->nodes[3]->durations_ms[profile->n_durations - 1] >= 0.0);
  air_disconnect(runner);
}

static void test_timeout_holds_for_warmup_and_repeat(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=1");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 1);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.timeout_ms = 50;
  options.warmup = UINT32_MAX;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, 1, io.inputs, 2, io.outputs, 2, &options));
  assert_int_equal(profile_of(session)->n_durations, 0);
  options.warmup = 0;
  options.repeat = 1000000;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, 1, io.inputs, 2, io.outputs, 2, &options));
  air_disconnect(runner);
}

typedef struct background {
  air_runner *runner;
  null_io io;
  air_invoke_options options;
  air_callbacks callbacks;
  atomic_int begun;
  air_status status;
  char message[256];
  pthread_t thread;
} background;

static air_action tell_begun(void *user, uint64_t sample) {
  atomic_store(&((background *)user)->begun, 1);
  return AIR_CONTINUE;
}

static void *invoke_in_background(void *argument) {
  background *b = argument;
  air_session *session = NULL;
  b->status = air_get_session(b->runner, NULL, &session);
  if (b->status == AIR_OK) b->status = air_invoke(session, b->io.n, b->io.inputs, 2, b->io.outputs, 2, &b->options);
  const char *message = air_last_error()->message;
  strncpy(b->message, message, sizeof b->message - 1);
  return NULL;
}

static void pause_ms(long ms) {
  const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
}

/** Returns when the invoke of the background thread is in its first sample. */
static void start(background *b, air_runner *runner) {
  memset(b, 0, sizeof *b);
  b->runner = runner;
  null_io_init(&b->io, 4);
  b->callbacks = (air_callbacks)AIR_CALLBACKS_INIT;
  b->callbacks.user = b;
  b->callbacks.on_sample_begin = tell_begun;
  b->options = (air_invoke_options)AIR_INVOKE_OPTIONS_INIT;
  b->options.callbacks = &b->callbacks;
  b->options.timeout_ms = far_too_long_ms;
  assert_int_equal(pthread_create(&b->thread, NULL, invoke_in_background, b), 0);
  for (int waited = 0; !atomic_load(&b->begun); ++waited) {
    if (waited > far_too_long_ms) fail_msg("the invoke never began");
    pause_ms(1);
  }
}

static void test_cancel_from_another_thread(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=60000");
  background b;
  start(&b, runner);
  pause_ms(20);
  const double begin = now_ms();
  air_cancel(runner);
  pthread_join(b.thread, NULL);
  assert_int_equal(b.status, AIR_ERROR_CANCELLED);
  assert_true(strlen(b.message) > 0);
  assert_true(now_ms() - begin < far_too_long_ms / 2.0);
  assert_int_equal(profile_of(first_session(runner))->n_samples, 0);

  // The errors of threads are their own.
  assert_string_not_equal(air_last_error()->message, b.message);
  air_disconnect(runner);
}

static void test_runner_is_usable_after_cancel(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=100");
  background b;
  start(&b, runner);
  air_cancel(runner);
  pthread_join(b.thread, NULL);
  assert_int_equal(b.status, AIR_ERROR_CANCELLED);
  null_io io;
  null_io_init(&io, 1);
  CHECK_OK(air_invoke(first_session(runner), 1, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 1);
  air_disconnect(runner);
}

static void test_cancel_without_invoke_does_nothing(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  air_cancel(runner);
  null_io_init(&io, 2);
  CHECK_OK(air_invoke(first_session(runner), 2, io.inputs, 2, io.outputs, 2, NULL));
  air_cancel(runner);
  CHECK_OK(air_invoke(first_session(runner), 2, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 2);
  air_disconnect(runner);
}

static air_action cancel_at_second_sample(void *user, uint64_t sample) {
  if (sample == 1) air_cancel(user);
  return AIR_CONTINUE;
}

static void test_cancel_from_a_callback(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 4);
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = runner;
  callbacks.on_sample_begin = cancel_at_second_sample;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.callbacks = &callbacks;
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_invoke(first_session(runner), 4, io.inputs, 2, io.outputs, 2, &options));
  // The sample that was about to begin may still be run.
  const uint64_t n_done = profile_of(first_session(runner))->n_samples;
  assert_true(n_done == 1 || n_done == 2);
  null_io_check(&io, n_done);
  air_disconnect(runner);
}

static void test_second_call_is_busy(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=60000&models=2&stateful=1");
  background b;
  start(&b, runner);
  air_session *other = NULL;
  null_io io;
  null_io_init(&io, 1);
  // Looking up a session may go on or be busy; running may not go on, on any session.
  const air_status looked_up = air_get_session_at(runner, 1, &other);
  assert_true(looked_up == AIR_OK || looked_up == AIR_ERROR_BUSY);
  if (looked_up == AIR_OK) {
    CHECK_FAILS(AIR_ERROR_BUSY, air_invoke(other, 1, io.inputs, 2, io.outputs, 2, NULL));
    CHECK_FAILS(AIR_ERROR_BUSY, air_reset_states(other));
  }
  CHECK_FAILS(AIR_ERROR_BUSY, air_ping(runner));
  null_io_check(&io, 0);
  air_cancel(runner);
  pthread_join(b.thread, NULL);
  assert_int_equal(b.status, AIR_ERROR_CANCELLED);
  air_disconnect(runner);
}

static void test_different_runners_do_not_wait_for_each_other(void **state) {
  air_runner *slow = connect_to("null:?delay_ms=60000");
  air_runner *fast = connect_to("null:");
  background b;
  start(&b, slow);
  null_io io;
  null_io_init(&io, 3);
  CHECK_OK(air_invoke(first_session(fast), 3, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 3);
  air_cancel(fast);
  air_cancel(slow);
  pthread_join(b.thread, NULL);
  assert_int_equal(b.status, AIR_ERROR_CANCELLED);
  air_disconnect(slow);
  air_disconnect(fast);
}

enum { n_threads = 4, n_rounds = 200 };

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
    const air_status status = air_invoke(session, 8, io.inputs, 2, io.outputs, 2, NULL);
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
      cmocka_unit_test(test_cancel_from_another_thread),
      cmocka_unit_test(test_runner_is_usable_after_cancel),
      cmocka_unit_test(test_cancel_without_invoke_does_nothing),
      cmocka_unit_test(test_cancel_from_a_callback),
      cmocka_unit_test(test_second_call_is_busy),
      cmocka_unit_test(test_different_runners_do_not_wait_for_each_other),
      cmocka_unit_test(test_runners_in_threads),
  };
  return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
