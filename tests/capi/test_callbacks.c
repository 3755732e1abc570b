// SPDX-License-Identifier: BSD-3-Clause
// Callbacks: their order and contents, stopping and failing at every place, progress.
#include <stdio.h>
#include <string.h>

#include "null_session.h"

/** Writes what happens as text: "(0" sample 0 begins, "[2" node 2 begins, "]2" it ended, ")0" sample 0 ended. */
typedef struct recorder {
  char text[2048];
  char stop_at[16];  // the event that answers AIR_STOP, "" for none
  const null_io *io;
  unsigned n_progress;
  uint64_t done, total;
} recorder;

static air_action record(recorder *r, char what, uint64_t index) {
  char event[16];
  snprintf(event, sizeof event, "%c%u", what, (unsigned)index);
  const size_t used = strlen(r->text);
  assert_true(used + strlen(event) + 2 < sizeof r->text);
  strcat(r->text, event);
  strcat(r->text, " ");
  return strcmp(event, r->stop_at) == 0 ? AIR_STOP : AIR_CONTINUE;
}

static air_action on_sample_begin(void *user, uint64_t sample) {
  return record(user, '(', sample);
}

static air_action on_sample_end(void *user, const air_sample_event *event) {
  recorder *r = user;
  assert_int_equal(event->n_outputs, 2);
  assert_true(event->duration_ms >= 0.0);
  int8_t quantized[N_OUT1];
  float sums[N_OUT2];
  null_node_1(r->io, event->sample, quantized);
  null_node_3(r->io, event->sample, sums);
  assert_int_equal(event->outputs[0].size_bytes, sizeof quantized);
  assert_int_equal(event->outputs[0].rank, 3);
  assert_int_equal(event->outputs[0].shape[0], 4);
  assert_memory_equal(event->outputs[0].data, quantized, sizeof quantized);
  assert_int_equal(event->outputs[1].size_bytes, sizeof sums);
  assert_memory_equal(event->outputs[1].data, sums, sizeof sums);
  return record(r, ')', event->sample);
}

static air_action on_node_begin(void *user, const air_node_event *event) {
  recorder *r = user;
  assert_non_null(event->description);
  assert_int_equal(event->n_tensors, event->description->n_inputs);
  assert_int_equal(event->n_columns, 0);
  if (event->node == 0) {
    assert_int_equal(event->n_tensors, 1);
    assert_int_equal(event->tensors[0].size_bytes, sizeof r->io->in1[0]);
    assert_memory_equal(event->tensors[0].data, r->io->in1[event->sample], sizeof r->io->in1[0]);
  }
  return record(r, '[', event->node);
}

static air_action on_node_end(void *user, const air_node_event *event) {
  recorder *r = user;
  static const char *const names[] = {"scale", "quantize", "add_bias", "split"};
  assert_string_equal(event->description->name, names[event->node]);
  assert_int_equal(event->n_tensors, event->node == 3 ? 2 : 1);
  assert_true(event->duration_ms >= 0.0);
  assert_true(event->n_columns > 0);
  for (uint32_t i = 0; i < event->n_columns; ++i) {
    if (strcmp(event->columns[i]->name, "time.device") == 0) assert_true(event->values[i] == event->duration_ms);
  }
  assert_string_equal(event->note, "");
  if (event->tensors[0].data && event->node == 1) {
    int8_t quantized[N_OUT1];
    null_node_1(r->io, event->sample, quantized);
    assert_int_equal(event->tensors[0].size_bytes, sizeof quantized);
    assert_memory_equal(event->tensors[0].data, quantized, sizeof quantized);
  }
  return record(r, ']', event->node);
}

static air_action on_progress(void *user, uint64_t n_done, uint64_t n_total) {
  recorder *r = user;
  assert_true(n_done >= r->done);
  assert_true(n_done <= n_total);
  r->done = n_done;
  r->total = n_total;
  ++r->n_progress;
  return strcmp(r->stop_at, "progress") == 0 ? AIR_STOP : AIR_CONTINUE;
}

static air_callbacks all_callbacks(recorder *r) {
  return (air_callbacks){.struct_size = sizeof(air_callbacks),
                         .user = r,
                         .on_sample_begin = on_sample_begin,
                         .on_sample_end = on_sample_end,
                         .on_node_begin = on_node_begin,
                         .on_node_end = on_node_end};
}

static void run(recorder *r, null_io *io, uint64_t n, const air_invoke_options *options,
                const air_callbacks *callbacks) {
  null_io_init(io, n);
  r->io = io;
  air_release_result(null_invoke(session, io, options, callbacks));
}

static void run_all(recorder *r, null_io *io, uint64_t n, uint32_t mode) {
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode};
  const air_callbacks callbacks = all_callbacks(r);
  run(r, io, n, &options, &callbacks);
}

static void test_order_io_only(void **state) {
  recorder r = {0};
  null_io io;
  run_all(&r, &io, 3, AIR_MODE_IO_ONLY);
  assert_string_equal(r.text, "(0 )0 (1 )1 (2 )2 ");
  null_io_check(&io, 3);
}

static void test_order_per_layer(void **state) {
  static const uint32_t modes[] = {AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA};
  for (size_t i = 0; i < ARRAY_SIZE(modes); ++i) {
    recorder r = {0};
    null_io io;
    run_all(&r, &io, 2, modes[i]);
    assert_string_equal(r.text, "(0 [0 ]0 [1 ]1 [2 ]2 [3 ]3 )0 (1 [0 ]0 [1 ]1 [2 ]2 [3 ]3 )1 ");
  }
}

static void check_alone(air_callbacks callbacks, uint64_t n, const char *seen) {
  recorder r = {0};
  null_io io;
  callbacks.struct_size = sizeof callbacks;
  callbacks.user = &r;
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  run(&r, &io, n, &options, &callbacks);
  assert_string_equal(r.text, seen);
}

static void test_each_callback_alone(void **state) {
  check_alone((air_callbacks){.user = NULL}, 2, "");
  check_alone((air_callbacks){.on_sample_begin = on_sample_begin}, 2, "(0 (1 ");
  check_alone((air_callbacks){.on_sample_end = on_sample_end}, 2, ")0 )1 ");
  check_alone((air_callbacks){.on_node_end = on_node_end}, 1, "]0 ]1 ]2 ]3 ");
  check_alone((air_callbacks){.on_node_begin = on_node_begin}, 1, "[0 [1 [2 [3 ");
}

static air_action see_node_data(void *user, const air_node_event *event) {
  for (uint32_t i = 0; i < event->n_tensors; ++i) *(int *)user += event->tensors[i].data != NULL;
  return AIR_CONTINUE;
}

static void test_data_at_node_end_only_when_asked_for(void **state) {
  static const struct {
    uint32_t mode;
    int n_with_data;
  } cases[] = {{AIR_MODE_PER_LAYER, 0}, {AIR_MODE_PER_LAYER_WITH_DATA, 2 * 5}};
  for (size_t i = 0; i < ARRAY_SIZE(cases); ++i) {
    int n_with_data = 0;
    recorder r = {0};
    null_io io;
    const air_callbacks callbacks = {
        .struct_size = sizeof callbacks, .user = &n_with_data, .on_node_end = see_node_data};
    const air_invoke_options options = {.struct_size = sizeof options, .mode = cases[i].mode};
    run(&r, &io, 2, &options, &callbacks);
    assert_int_equal(n_with_data, cases[i].n_with_data);
  }
}

static air_action keep_dequantized(void *user, const air_sample_event *event) {
  float *kept = user;
  assert_int_equal(event->outputs[0].dtype, AIR_DTYPE_FLOAT32);
  assert_int_equal(event->outputs[0].size_bytes, N_OUT1 * sizeof(float));
  memcpy(kept + event->sample * N_OUT1, event->outputs[0].data, N_OUT1 * sizeof(float));
  return AIR_CONTINUE;
}

static void test_sample_end_gives_outputs_as_asked_for(void **state) {
  float kept[2][N_OUT1];
  null_io io;
  null_io_init(&io, 2);
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = kept, .on_sample_end = keep_dequantized};
  const air_invoke_options options = {.struct_size = sizeof options, .io_mode = AIR_IO_DEQUANTIZE};
  const air_result *result = null_invoke_kept(session, &io, &options, &callbacks);
  assert_memory_equal(kept, tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).data, sizeof kept);
  air_release_result(result);
}

// Where nothing keeps the outputs the callback sees them all the same.
static void test_sample_end_without_a_result(void **state) {
  recorder r = {0};
  null_io io;
  null_io_init(&io, 3);
  r.io = &io;
  const air_callbacks callbacks = all_callbacks(&r);
  CHECK_OK(air_invoke(session, 3, io.inputs, 2, NULL, 0, NULL, &callbacks, NULL));
  assert_string_equal(r.text, "(0 )0 (1 )1 (2 )2 ");
}

static void test_warmup_and_repeat_are_not_counted(void **state) {
  recorder r = {0};
  null_io io;
  const air_invoke_options options = {.struct_size = sizeof options, .warmup = 3};
  const air_callbacks callbacks = all_callbacks(&r);
  run(&r, &io, 2, &options, &callbacks);
  assert_string_equal(r.text, "(0 )0 (1 )1 ");
}

static const air_result *run_kept(recorder *r, null_io *io, uint64_t n, uint32_t mode) {
  null_io_init(io, n);
  r->io = io;
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode};
  const air_callbacks callbacks = all_callbacks(r);
  return null_invoke_kept(session, io, &options, &callbacks);
}

/** Stops at `event` and checks what was seen, and that the result has the samples that were completed and no other. */
static void check_stop(const char *event, const char *seen, uint64_t n_done) {
  static const uint32_t mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS;
  recorder before = {0}, r = {0}, again = {0};
  null_io io;
  // The memory of this one is used again: what is left over in it must not be shown.
  air_release_result(run_kept(&before, &io, 6, mode));
  snprintf(r.stop_at, sizeof r.stop_at, "%s", event);
  const air_result *result = run_kept(&r, &io, 4, mode);
  if (strcmp(r.text, seen) != 0) fail_msg("stop at %s: saw %s", event, r.text);
  assert_int_equal(profile_of(result)->stopped, 1);
  assert_int_equal(profile_of(result)->n_runs, n_done);
  null_check_result(&io, result, n_done);
  if (n_done > 0) {
    null_check_nodes(&io, result, n_done);
    assert_int_equal(tensor_of(result, AIR_PLACE_INPUT, 0, 0, AIR_ALL_SAMPLES).size_bytes, n_done * sizeof io.in1[0]);
  }
  air_release_result(result);

  result = run_kept(&again, &io, 2, AIR_MODE_PER_LAYER);
  assert_int_equal(profile_of(result)->stopped, 0);
  null_check_result(&io, result, 2);
  air_release_result(result);
}

static void test_stop_at_sample_begin(void **state) {
  check_stop("(0", "(0 ", 0);
  check_stop("(1", "(0 [0 ]0 [1 ]1 [2 ]2 [3 ]3 )0 (1 ", 1);
}

static void test_stop_at_sample_end(void **state) {
  check_stop(")0", "(0 [0 ]0 [1 ]1 [2 ]2 [3 ]3 )0 ", 1);
  check_stop(")1", "(0 [0 ]0 [1 ]1 [2 ]2 [3 ]3 )0 (1 [0 ]0 [1 ]1 [2 ]2 [3 ]3 )1 ", 2);
}

static void test_stop_at_a_node(void **state) {
  check_stop("[0", "(0 [0 ", 0);
  check_stop("[2", "(0 [0 ]0 [1 ]1 [2 ", 0);
  check_stop("]1", "(0 [0 ]0 [1 ]1 ", 0);
  check_stop("]3", "(0 [0 ]0 [1 ]1 [2 ]2 [3 ]3 ", 0);
}

// Measurements of every round are kept; outputs are those of the last, as far as it came.
static void test_stop_in_a_later_round(void **state) {
  recorder r = {.stop_at = "(3"};
  null_io io;
  null_io_init(&io, 2);
  const air_invoke_options options = {.struct_size = sizeof options, .repeat = 3};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &r, .on_sample_begin = on_sample_begin};
  const air_result *result = null_invoke_kept(session, &io, &options, &callbacks);
  assert_int_equal(profile_of(result)->stopped, 1);
  assert_int_equal(profile_of(result)->n_runs, 3);
  null_check_result(&io, result, 1);
  air_release_result(result);
}

static void test_progress(void **state) {
  air_runner *slow = connect_to("null:?delay_ms=25");
  recorder r = {0};
  null_io io;
  null_io_init(&io, 4);
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &r, .on_progress = on_progress};
  air_release_result(null_invoke(first_session(slow), &io, NULL, &callbacks));
  assert_int_equal(r.n_progress, 4);
  assert_int_equal(r.done, 4);
  assert_int_equal(r.total, 4);

  r = (recorder){.stop_at = "progress"};
  const air_result *result = null_invoke_kept(first_session(slow), &io, NULL, &callbacks);
  assert_int_equal(r.n_progress, 1);
  assert_int_equal(profile_of(result)->stopped, 1);
  null_check_result(&io, result, 1);
  air_release_result(result);
  CHECK_OK(air_disconnect(slow));
}

static void test_progress_of_a_fast_model_is_rare(void **state) {
  recorder r = {0};
  null_io io;
  null_io_init(&io, 10);
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &r, .on_progress = on_progress};
  const air_invoke_options options = {.struct_size = sizeof options, .repeat = 2000};
  const air_result *result = null_invoke(session, &io, &options, &callbacks);
  assert_true((double)r.n_progress <= profile_of(result)->host_ms / 20.0 + 2.0);
  air_release_result(result);
}

// ---- After AIR_STOP and AIR_FAIL nobody is called any more.

typedef struct ending {
  air_action action;
  int ended, n_after;
} ending;

static air_action note_call(ending *e) {
  e->n_after += e->ended;
  return AIR_CONTINUE;
}

static air_action end_in_sample(void *user, const air_sample_event *event) {
  ending *e = user;
  note_call(e);
  if (event->sample != 1) return AIR_CONTINUE;
  e->ended = 1;
  return e->action;
}

static air_action end_in_node(void *user, const air_node_event *event) {
  ending *e = user;
  note_call(e);
  if (event->sample != 1 || event->node != 2) return AIR_CONTINUE;
  e->ended = 1;
  return e->action;
}

static air_action note_sample(void *user, uint64_t sample) {
  return note_call(user);
}

static air_action note_sample_end(void *user, const air_sample_event *event) {
  return note_call(user);
}

static air_action note_node(void *user, const air_node_event *event) {
  return note_call(user);
}

static air_action note_progress(void *user, uint64_t n_done, uint64_t n_total) {
  return note_call(user);
}

static air_status run_to_the_end(ending *e, int in_node) {
  air_runner *slow = connect_to("null:?delay_ms=25");  // long enough for on_progress after each sample
  null_io io;
  null_io_init(&io, 4);
  const air_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .user = e,
                                   .on_sample_begin = note_sample,
                                   .on_sample_end = in_node ? note_sample_end : end_in_sample,
                                   .on_node_begin = note_node,
                                   .on_node_end = in_node ? end_in_node : note_node,
                                   .on_progress = note_progress};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  const air_status status = air_invoke(first_session(slow), 4, io.inputs, 2, NULL, 0, &options, &callbacks, NULL);
  CHECK_OK(air_disconnect(slow));
  return status;
}

static void test_nobody_is_called_after_the_end(void **state) {
  for (int in_node = 0; in_node < 2; ++in_node) {
    ending stop = {.action = AIR_STOP}, fail = {.action = AIR_FAIL};
    CHECK_OK(run_to_the_end(&stop, in_node));
    CHECK_FAILS(AIR_ERROR_CALLBACK, run_to_the_end(&fail, in_node));
    assert_int_equal(stop.ended + fail.ended, 2);
    assert_int_equal(stop.n_after, 0);
    assert_int_equal(fail.n_after, 0);
  }
}

// ---- A callback that fails.

typedef struct failing {
  const char *message;  // NULL: it says nothing
  char at;              // which callback fails
} failing;

static air_action fail_at(const failing *f, char here) {
  if (f->at != here) return AIR_CONTINUE;
  if (f->message) air_set_error(AIR_ERROR_NOT_FOUND, 28, f->message);
  return AIR_FAIL;
}

static air_action fail_at_sample(void *user, uint64_t sample) {
  return sample == 1 ? fail_at(user, '(') : AIR_CONTINUE;
}

static air_action fail_at_sample_end(void *user, const air_sample_event *event) {
  return event->sample == 1 ? fail_at(user, ')') : AIR_CONTINUE;
}

static air_action fail_at_node(void *user, const air_node_event *event) {
  return event->sample == 1 ? fail_at(user, '[') : AIR_CONTINUE;
}

static air_action fail_at_node_end(void *user, const air_node_event *event) {
  return event->sample == 1 ? fail_at(user, ']') : AIR_CONTINUE;
}

static air_action fail_at_progress(void *user, uint64_t n_done, uint64_t n_total) {
  return fail_at(user, '%');
}

static air_action fail_without_a_word(void *user, const air_sample_event *event) {
  return AIR_FAIL;
}

// What another callback said, and got over, is not why this one fails.
static air_action say_and_go_on(void *user, uint64_t sample) {
  air_set_error(AIR_ERROR_IO, 7, "got over");
  return AIR_CONTINUE;
}

static void test_what_was_said_before(void **state) {
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks, .on_sample_begin = say_and_go_on, .on_sample_end = fail_without_a_word};
  null_io io;
  null_io_init(&io, 1);
  CHECK_FAILS(AIR_ERROR_CALLBACK, air_invoke(session, 1, io.inputs, 2, NULL, 0, NULL, &callbacks, NULL));
  CHECK_ERROR_TELLS("without saying why");
  assert_int_equal(air_last_error()->vendor_code, 0);
}

static void check_fails_at(char at, const char *message, uint64_t n_least, uint64_t n_most) {
  failing f = {.message = message, .at = at};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .user = &f,
                                   .on_sample_begin = fail_at_sample,
                                   .on_sample_end = fail_at_sample_end,
                                   .on_node_begin = fail_at_node,
                                   .on_node_end = fail_at_node_end,
                                   .on_progress = fail_at_progress};
  air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  const air_result *result = NULL;
  null_io io;
  null_io_init(&io, 4);
  CHECK_FAILS(AIR_ERROR_CALLBACK, air_invoke(session, 4, io.inputs, 2, NULL, 0, &options, &callbacks, &result));
  assert_null(result);
  if (message) assert_string_equal(air_last_error()->message, message);
  assert_int_equal(air_last_error()->vendor_code, message ? 28 : 0);
  assert_int_equal(air_last_error()->status, AIR_ERROR_CALLBACK);
  options.mode |= AIR_MODE_PARTIAL;
  CHECK_FAILS(AIR_ERROR_CALLBACK, air_invoke(session, 4, io.inputs, 2, NULL, 0, &options, &callbacks, &result));
  const uint64_t n_done = profile_of(result)->n_samples;
  if (n_done < n_least || n_done > n_most) fail_msg("%c: %d samples", at, (int)n_done);
  null_check_result(&io, result, n_done);
  assert_int_equal(profile_of(result)->stopped, 0);
  air_release_result(result);
}

static void test_callback_that_fails(void **state) {
  static const struct {
    char at;
    uint64_t n_least, n_most;
  } places[] = {{'(', 1, 1}, {')', 2, 2}, {'[', 1, 1}, {']', 1, 1}, {'%', 1, 4}};
  for (size_t i = 0; i < ARRAY_SIZE(places); ++i) {
    check_fails_at(places[i].at, "the disk is full", places[i].n_least, places[i].n_most);
    check_fails_at(places[i].at, NULL, places[i].n_least, places[i].n_most);
  }
  null_io io;
  null_io_init(&io, 2);
  air_release_result(null_invoke(session, &io, NULL, NULL));
  null_io_check(&io, 2);
}

// What an earlier call left as the last error is not taken for what the callback said.
static void test_callback_that_fails_without_a_word(void **state) {
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_ping(NULL, NULL));
  air_set_error(AIR_ERROR_IO, 0, "of an earlier call");
  check_fails_at(')', NULL, 2, 2);
  assert_null(strstr(air_last_error()->message, "of an earlier call"));
}

// 3 is no action: it is not taken for one of those that there are.
static air_action unknown_action(void *user, uint64_t sample) {
  return (air_action)3;
}

static void test_unknown_action(void **state) {
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .on_sample_begin = unknown_action};
  null_io io;
  null_io_init(&io, 2);
  const air_status status = air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL, &callbacks, NULL);
  assert_int_not_equal(status, AIR_OK);
  null_io_check(&io, 0);
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_order_io_only),
      WITH_RUNNER(test_order_per_layer),
      WITH_RUNNER(test_each_callback_alone),
      WITH_RUNNER(test_data_at_node_end_only_when_asked_for),
      WITH_RUNNER(test_sample_end_gives_outputs_as_asked_for),
      WITH_RUNNER(test_sample_end_without_a_result),
      WITH_RUNNER(test_warmup_and_repeat_are_not_counted),
      WITH_RUNNER(test_stop_at_sample_begin),
      WITH_RUNNER(test_stop_at_sample_end),
      WITH_RUNNER(test_stop_at_a_node),
      WITH_RUNNER(test_stop_in_a_later_round),
      WITH_RUNNER(test_progress),
      WITH_RUNNER(test_progress_of_a_fast_model_is_rare),
      WITH_RUNNER(test_nobody_is_called_after_the_end),
      WITH_RUNNER(test_callback_that_fails),
      WITH_RUNNER(test_callback_that_fails_without_a_word),
      WITH_RUNNER(test_what_was_said_before),
      WITH_RUNNER(test_unknown_action),
  };
  return cmocka_run_group_tests_name("callbacks", tests, NULL, NULL);
}
