// SPDX-License-Identifier: BSD-3-Clause
// Cancelling: before, during and at the very start of a call, from threads, signal handlers and callbacks; one token for several calls.
#include <sched.h>
#include <string.h>
#if !defined(_WIN32)
#  include <signal.h>
#  include <sys/time.h>
#  include <sys/wait.h>
#  include <unistd.h>
#endif

#include "background.h"
#include "folders.h"

static void test_token(void **state) {
  air_token *token = air_make_token();
  assert_non_null(token);
  assert_int_equal(air_is_cancelled(token), 0);
  air_cancel(token);
  assert_int_equal(air_is_cancelled(token), 1);
  air_cancel(token);
  assert_int_equal(air_is_cancelled(token), 1);
  air_release_token(token);
}

static air_action count_sample(void *user, uint64_t sample) {
  ++*(int *)user;
  return AIR_CONTINUE;
}

// It ends calls that come later, too, for good; nothing is run, and nothing given out, not even with AIR_MODE_PARTIAL.
static void test_cancelled_before_an_invoke(void **state) {
  air_runner *runner = connect_to("null:?stateful=1");
  air_session *session = first_session(runner);
  air_token *token = air_make_token();
  air_cancel(token);
  int n_begun = 0;
  null_io io;
  null_io_init(&io, 2);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PARTIAL, .token = token};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &n_begun, .on_sample_begin = count_sample};
  const air_result *const marker = (const air_result *)(uintptr_t)0x10;
  const air_result *result = marker;
  for (int i = 0; i < 2; ++i) {
    CHECK_FAILS(AIR_ERROR_CANCELLED,
                air_invoke(session, 2, io.inputs, 2, io.outputs, 2, &options, &callbacks, &result));
  }
  assert_ptr_equal(result, marker);
  assert_int_equal(n_begun, 0);
  null_io_check(&io, 0);
  const air_call call = {.struct_size = sizeof call, .token = token};
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_reset_states(session, &call));
  air_release_token(token);

  // Calls with another token, or none, are as before.
  token = air_make_token();
  const air_invoke_options usable = {.struct_size = sizeof usable, .token = token};
  air_release_result(null_invoke(session, &io, &usable, NULL));
  air_release_token(token);
  CHECK_OK(air_disconnect(runner));
}

static void test_cancelled_before_connecting(void **state) {
  air_token *token = air_make_token();
  const air_connect_options options = {.struct_size = sizeof options, .token = token};
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:", &options, &runner));
  CHECK_OK(air_disconnect(runner));
  air_cancel(token);
  runner = NULL;
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_connect("null:", &options, &runner));
  assert_null(runner);
  air_release_token(token);
}

typedef struct ping {
  air_runner *runner;
  air_token *token;
  air_status status;
} ping;

static void *cancel_soon(void *token) {
  pause_ms(20);
  air_cancel(token);
  return NULL;
}

static void test_cancelled_while_connecting(void **state) {
  air_token *token = air_make_token();
  air_connect_options options = {.struct_size = sizeof options, .token = token, .timeout_ms = FAR_TOO_LONG_MS};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, cancel_soon, token), 0);
  air_runner *runner = NULL;
  const double begin = now_ms();
  CHECK_FAILS(AIR_ERROR_CANCELLED, connect_through("device", "device:waits", &options, &runner));
  assert_true(now_ms() - begin < FAR_TOO_LONG_MS / 2.0);
  assert_null(runner);
  assert_int_equal(pthread_join(thread, NULL), 0);
  air_release_token(token);

  options.token = NULL;
  options.timeout_ms = 50;
  CHECK_FAILS(AIR_ERROR_TIMEOUT, connect_through("device", "device:waits", &options, &runner));
}

static void test_cancelled_from_another_thread(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=60000");
  air_token *token = air_make_token();
  background b;
  start(&b, first_session(runner), token, 0);
  pause_ms(20);
  const double begin = now_ms();
  air_cancel(token);
  assert_int_equal(join(&b), AIR_ERROR_CANCELLED);
  assert_true(now_ms() - begin < FAR_TOO_LONG_MS / 2.0);
  assert_null(b.result);

  // The errors of threads are their own.
  assert_string_not_equal(air_last_error()->message, b.error->message);
  air_release_error(b.error);
  air_release_token(token);
  CHECK_OK(air_disconnect(runner));
}

static void test_runner_is_usable_after_it(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=100");
  air_token *token = air_make_token();
  background b;
  start(&b, first_session(runner), token, 0);
  air_cancel(token);
  assert_int_equal(join(&b), AIR_ERROR_CANCELLED);
  air_release_error(b.error);
  air_release_token(token);
  null_io io;
  null_io_init(&io, 1);
  air_release_result(null_invoke(first_session(runner), &io, NULL, NULL));
  null_io_check(&io, 1);
  CHECK_OK(air_disconnect(runner));
}

static void test_one_token_for_two_calls(void **state) {
  air_runner *runners[] = {connect_to("null:?delay_ms=60000"), connect_to("null:?delay_ms=60000")};
  air_token *token = air_make_token();
  background b[2];
  for (int i = 0; i < 2; ++i) start(&b[i], first_session(runners[i]), token, 0);
  air_cancel(token);
  for (int i = 0; i < 2; ++i) {
    assert_int_equal(join(&b[i]), AIR_ERROR_CANCELLED);
    air_release_error(b[i].error);
    CHECK_OK(air_disconnect(runners[i]));
  }
  air_release_token(token);
}

// A call keeps the token that it uses.
static void test_token_released_during_a_call(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=30");
  air_token *token = air_make_token();
  background b;
  start(&b, first_session(runner), token, 0);
  air_release_token(token);
  assert_int_equal(join(&b), AIR_OK);
  null_check_result(&b.io, b.result, 4);
  air_release_result(b.result);
  CHECK_OK(air_disconnect(runner));
}

static void *ping_until_cancelled(void *given) {
  ping *p = given;
  const air_call call = {.struct_size = sizeof call, .token = p->token};
  p->status = air_ping(p->runner, &call);
  return NULL;
}

// Calls of others end while a plugin takes its time.
static void test_slow_plugin_keeps_nobody_waiting(void **state) {
  ping slow = {.token = air_make_token()};
  CHECK_OK(connect_through("device", "device:slow", NULL, &slow.runner));
  air_runner *runner = connect_to("null:");
  air_token *token = air_make_token();
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, ping_until_cancelled, &slow), 0);
  pause_ms(20);
  air_cancel(slow.token);
  pause_ms(50);  // its plugin is being told, which takes 500 ms
  const double begin = now_ms();
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options, .token = token, .timeout_ms = FAR_TOO_LONG_MS};
  air_release_result(null_invoke(first_session(runner), &io, &options, NULL));
  assert_true(now_ms() - begin < 250);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(slow.status, AIR_ERROR_CANCELLED);
  CHECK_OK(air_disconnect(slow.runner));
  CHECK_OK(air_disconnect(runner));
  air_release_token(slow.token);
  air_release_token(token);
}

static air_action cancel_at_second_sample(void *user, uint64_t sample) {
  if (sample == 1) air_cancel(user);
  return AIR_CONTINUE;
}

static void test_cancelled_from_a_callback(void **state) {
  air_runner *runner = connect_to("null:");
  air_token *token = air_make_token();
  null_io io;
  null_io_init(&io, 4);
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks, .user = token, .on_sample_begin = cancel_at_second_sample};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PARTIAL, .token = token};
  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_CANCELLED,
              air_invoke(first_session(runner), 4, io.inputs, 2, NULL, 0, &options, &callbacks, &result));
  // The sample that was about to begin may still be run.
  const uint64_t n_done = profile_of(result)->n_samples;
  assert_true(n_done == 1 || n_done == 2);
  null_check_result(&io, result, n_done);
  air_release_result(result);
  air_release_token(token);
  CHECK_OK(air_disconnect(runner));
}

// ---- Signal handlers.

#if !defined(_WIN32)
static air_token *volatile token_of_handler;

static void cancel_in_handler(int signal) {
  air_cancel(token_of_handler);
}

static void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler};
  assert_int_equal(sigaction(signal, &action, NULL), 0);
}

#endif

// For as long as the token lasts; TIMEOUT would tell of a cancel that was lost.
static air_status invoke_for_ever(air_session *session, air_token *token) {
  null_io io;
  null_io_init(&io, 4);
  const air_invoke_options options = {
      .struct_size = sizeof options, .timeout_ms = FAR_TOO_LONG_MS, .token = token, .repeat = UINT32_MAX};
  return air_invoke(session, 4, io.inputs, 2, io.outputs, 2, &options, NULL, NULL);
}

#if !defined(_WIN32)
static void test_cancelled_by_a_timer(void **state) {
  handle(SIGALRM, cancel_in_handler);
  static const char *const descriptors[] = {"null:?delay_ms=60000", "null:"};
  for (int i = 0; i < 20; ++i) {
    air_runner *runner = connect_to(descriptors[i % 2]);
    token_of_handler = air_make_token();
    const struct itimerval once = {.it_value = {.tv_usec = 1 + i * 500}};
    assert_int_equal(setitimer(ITIMER_REAL, &once, NULL), 0);
    CHECK_FAILS(AIR_ERROR_CANCELLED, invoke_for_ever(first_session(runner), token_of_handler));
    air_release_token(token_of_handler);
    CHECK_OK(air_disconnect(runner));
  }
  handle(SIGALRM, SIG_DFL);
}

static void *send_signal(void *thread) {
  pause_ms(20);
  pthread_kill(*(pthread_t *)thread, SIGUSR1);
  return NULL;
}

static void test_cancelled_by_a_signal_of_its_own_thread(void **state) {
  handle(SIGUSR1, cancel_in_handler);
  pthread_t self = pthread_self(), other;
  for (int i = 0; i < 2; ++i) {
    air_runner *runner = connect_to(i ? "null:" : "null:?delay_ms=60000");
    token_of_handler = air_make_token();
    assert_int_equal(pthread_create(&other, NULL, send_signal, &self), 0);
    CHECK_FAILS(AIR_ERROR_CANCELLED, invoke_for_ever(first_session(runner), token_of_handler));
    pthread_join(other, NULL);
    air_release_token(token_of_handler);
    CHECK_OK(air_disconnect(runner));
  }
  handle(SIGUSR1, SIG_DFL);
}
#endif

// ---- Never lost: a cancel that comes while an invoke begins ends it.

typedef struct race {
  _Atomic(air_token *) token;
  atomic_int round, cancelled;
} race;

enum { N_TRIES = 2000 };

static void *cancel_each_round(void *argument) {
  race *r = argument;
  for (int round = 1; round <= N_TRIES; ++round) {
    while (atomic_load(&r->round) < round) sched_yield();
    for (volatile int spin = round % 50 * 40; spin > 0; --spin) continue;
    air_cancel(atomic_load(&r->token));
    atomic_store(&r->cancelled, round);
  }
  return NULL;
}

static void test_cancel_is_never_lost(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  race r = {.token = NULL};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, cancel_each_round, &r), 0);
  for (int round = 1; round <= N_TRIES; ++round) {
    air_token *token = air_make_token();
    atomic_store(&r.token, token);
    atomic_store(&r.round, round);
    const air_status status = invoke_for_ever(session, token);
    if (status != AIR_ERROR_CANCELLED) fail_msg("try %d: %s", round, air_status_name(status));
    while (atomic_load(&r.cancelled) < round) sched_yield();
    air_release_token(token);
  }
  pthread_join(thread, NULL);
  CHECK_OK(air_disconnect(runner));
}

#if !defined(_WIN32) && !AIR_TEST_THREADS_SANITIZED
// The thread that keeps limits is not there in a process that was forked off; it gets one of its own.
static void test_limits_after_fork(void **state) {
  air_runner *runner = connect_to("null:?delay_ms=10000");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options, .timeout_ms = 20};
  const air_callbacks none = {.struct_size = sizeof none};
  CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, 1, io.inputs, 2, io.outputs, 2, &options, &none, NULL));
  const pid_t child = fork();
  if (child == 0) {
    alarm(5);
    _exit(air_invoke(session, 1, io.inputs, 2, io.outputs, 2, &options, &none, NULL) == AIR_ERROR_TIMEOUT ? 0 : 1);
  }
  int ended = -1;
  assert_int_equal(waitpid(child, &ended, 0), child);
  assert_int_equal(ended, 0);
  CHECK_OK(air_disconnect(runner));
}

#endif

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_token),
    cmocka_unit_test(test_cancelled_before_an_invoke),
    cmocka_unit_test(test_cancelled_before_connecting),
    cmocka_unit_test(test_cancelled_while_connecting),
    cmocka_unit_test(test_cancelled_from_another_thread),
    cmocka_unit_test(test_runner_is_usable_after_it),
    cmocka_unit_test(test_one_token_for_two_calls),
    cmocka_unit_test(test_token_released_during_a_call),
    cmocka_unit_test(test_slow_plugin_keeps_nobody_waiting),
    cmocka_unit_test(test_cancelled_from_a_callback),
#if !defined(_WIN32)
    cmocka_unit_test(test_cancelled_by_a_timer),
    cmocka_unit_test(test_cancelled_by_a_signal_of_its_own_thread),
#endif
    cmocka_unit_test(test_cancel_is_never_lost),
#if !defined(_WIN32) && !AIR_TEST_THREADS_SANITIZED
    cmocka_unit_test(test_limits_after_fork),
#endif
  };
  return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
