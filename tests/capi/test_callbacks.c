// SPDX-License-Identifier: BSD-3-Clause
// Callbacks: their order and contents, stopping at every place, progress.
#include <stdio.h>
#include <string.h>

#include "capi.h"

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
  assert_true(event->struct_size >= sizeof *event);
  assert_int_equal(event->n_outputs, 2);
  assert_true(event->duration_ms >= 0.0);
  int8_t quantized[N_OUT1];
  float sums[N_OUT2];
  null_node_1(r->io, event->sample, quantized);
  null_node_3(r->io, event->sample, sums);
  assert_int_equal(event->outputs[0].size_bytes, sizeof quantized);
  assert_memory_equal(event->outputs[0].data, quantized, sizeof quantized);
  assert_int_equal(event->outputs[1].size_bytes, sizeof sums);
  assert_memory_equal(event->outputs[1].data, sums, sizeof sums);
  return record(r, ')', event->sample);
}

static air_action on_node_begin(void *user, const air_node_event *event) {
  recorder *r = user;
  assert_true(event->struct_size >= sizeof *event);
  assert_non_null(event->node);
  if (event->node->index == 0) {
    assert_int_equal(event->node->n_inputs, 1);
    assert_non_null(event->data);
    assert_memory_equal(event->data[0], r->io->in1[event->sample], sizeof r->io->in1[0]);
  }
  return record(r, '[', event->node->index);
}

static air_action on_node_end(void *user, const air_node_event *event) {
  recorder *r = user;
  assert_true(event->struct_size >= sizeof *event);
  assert_true(event->duration_ms >= 0.0);
  if (event->data && event->data[0] && event->node->index == 1) {
    int8_t quantized[N_OUT1];
    null_node_1(r->io, event->sample, quantized);
    assert_memory_equal(event->data[0], quantized, sizeof quantized);
  }
  return record(r, ']', event->node->index);
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
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = r;
  callbacks.on_sample_begin = on_sample_begin;
  callbacks.on_sample_end = on_sample_end;
  callbacks.on_node_begin = on_node_begin;
  callbacks.on_node_end = on_node_end;
  return callbacks;
}

static air_runner *runner;
static air_session *session;

static int set_up(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  return 0;
}

static int tear_down(void **state) {
  air_disconnect(runner);
  return 0;
}

static const air_profile *run(recorder *r, null_io *io, uint64_t n, air_invoke_options options,
                              air_callbacks callbacks) {
  null_io_init(io, n);
  r->io = io;
  options.callbacks = &callbacks;
  CHECK_OK(air_invoke(session, n, io->inputs, 2, io->outputs, 2, &options));
  return profile_of(session);
}

static const air_profile *run_all(recorder *r, null_io *io, uint64_t n, uint32_t mode) {
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  return run(r, io, n, options, all_callbacks(r));
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

static void test_each_callback_alone(void **state) {
  recorder r = {0};
  null_io io;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER;
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &r;
  run(&r, &io, 2, options, callbacks);
  assert_string_equal(r.text, "");
  callbacks.on_sample_begin = on_sample_begin;
  run(&r, &io, 2, options, callbacks);
  assert_string_equal(r.text, "(0 (1 ");
  callbacks = (air_callbacks)AIR_CALLBACKS_INIT;
  callbacks.user = &r;
  callbacks.on_node_end = on_node_end;
  r.text[0] = '\0';
  run(&r, &io, 1, options, callbacks);
  assert_string_equal(r.text, "]0 ]1 ]2 ]3 ");
  callbacks.on_node_end = NULL;
  callbacks.on_node_begin = on_node_begin;
  r.text[0] = '\0';
  run(&r, &io, 1, options, callbacks);
  assert_string_equal(r.text, "[0 [1 [2 [3 ");
}

static air_action see_node_data(void *user, const air_node_event *event) {
  int *n_with_data = user;
  for (uint32_t i = 0; event->data && i < event->node->n_outputs; ++i) *n_with_data += event->data[i] != NULL;
  return AIR_CONTINUE;
}

static void test_data_at_node_end_only_when_asked_for(void **state) {
  int n_with_data = 0;
  recorder r = {0};
  null_io io;
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &n_with_data;
  callbacks.on_node_end = see_node_data;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER;
  run(&r, &io, 2, options, callbacks);
  assert_int_equal(n_with_data, 0);
  options.mode = AIR_MODE_PER_LAYER_WITH_DATA;
  run(&r, &io, 2, options, callbacks);
  assert_int_equal(n_with_data, 2 * 5);
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
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = kept;
  callbacks.on_sample_end = keep_dequantized;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.io_mode = AIR_IO_DEQUANTIZE;
  options.callbacks = &callbacks;
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, NULL, 0, &options));
  const air_buffer *outputs = NULL;
  uint32_t n_outputs = 0;
  CHECK_OK(air_get_outputs(session, &outputs, &n_outputs));
  assert_memory_equal(kept, outputs[0].data, sizeof kept);
}

static void test_warmup_and_repeat_are_not_counted(void **state) {
  recorder r = {0};
  null_io io;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.warmup = 3;
  air_callbacks callbacks = all_callbacks(&r);
  run(&r, &io, 2, options, callbacks);
  assert_string_equal(r.text, "(0 )0 (1 )1 ");
}

/** Stops at `event` and checks what was seen and how many samples count as done. */
static void check_stop(const char *event, const char *seen, uint64_t n_done) {
  recorder r = {0};
  null_io io;
  snprintf(r.stop_at, sizeof r.stop_at, "%s", event);
  const air_profile *profile = run_all(&r, &io, 4, AIR_MODE_PER_LAYER);
  if (strcmp(r.text, seen) != 0) fail_msg("stop at %s: saw %s", event, r.text);
  assert_int_equal(profile->stopped, 1);
  assert_int_equal(profile->n_samples, n_done);
  assert_int_equal(profile->n_durations, n_done);
  null_check_outputs(&io, io.outputs, n_done);

  recorder again = {0};
  profile = run_all(&again, &io, 2, AIR_MODE_PER_LAYER);
  assert_int_equal(profile->stopped, 0);
  assert_int_equal(profile->n_samples, 2);
  null_io_check(&io, 2);
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

static void test_stop_in_a_later_round_keeps_all_durations(void **state) {
  recorder r = {0};
  null_io io;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.repeat = 3;
  snprintf(r.stop_at, sizeof r.stop_at, ")3");
  const air_profile *profile = run(&r, &io, 2, options, (air_callbacks){.struct_size = sizeof(air_callbacks)});
  assert_int_equal(profile->n_durations, 6);
  assert_int_equal(profile->stopped, 0);
}

static void test_progress(void **state) {
  air_runner *slow = connect_to("null:?delay_ms=25");
  recorder r = {0};
  null_io io;
  null_io_init(&io, 4);
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &r;
  callbacks.on_progress = on_progress;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.callbacks = &callbacks;
  CHECK_OK(air_invoke(first_session(slow), 4, io.inputs, 2, io.outputs, 2, &options));
  assert_int_equal(r.n_progress, 4);
  assert_int_equal(r.done, 4);
  assert_int_equal(r.total, 4);

  r = (recorder){.stop_at = "progress"};
  CHECK_OK(air_invoke(first_session(slow), 4, io.inputs, 2, io.outputs, 2, &options));
  assert_int_equal(r.n_progress, 1);
  assert_int_equal(profile_of(first_session(slow))->stopped, 1);
  assert_int_equal(profile_of(first_session(slow))->n_samples, 1);
  air_disconnect(slow);
}

static void test_progress_of_a_fast_model_is_rare(void **state) {
  recorder r = {0};
  null_io io;
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &r;
  callbacks.on_progress = on_progress;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.repeat = 2000;
  const air_profile *profile = run(&r, &io, 10, options, callbacks);
  assert_true((double)r.n_progress <= profile->host_ms / 20.0 + 2.0);
}

static void *reentered_session;

static air_action call_the_same_runner(void *user, uint64_t sample) {
  air_status *got = user;
  null_io io;
  null_io_init(&io, 1);
  *got = air_invoke(reentered_session, 1, io.inputs, 2, io.outputs, 2, NULL);
  return AIR_CONTINUE;
}

static void test_calling_the_same_runner_from_a_callback_is_busy(void **state) {
  air_status got = AIR_OK;
  recorder r = {0};
  null_io io;
  reentered_session = session;
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &got;
  callbacks.on_sample_begin = call_the_same_runner;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  run(&r, &io, 1, options, callbacks);
  assert_int_equal(got, AIR_ERROR_BUSY);
  null_io_check(&io, 1);
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_order_io_only),
      WITH_RUNNER(test_order_per_layer),
      WITH_RUNNER(test_each_callback_alone),
      WITH_RUNNER(test_data_at_node_end_only_when_asked_for),
      WITH_RUNNER(test_sample_end_gives_outputs_as_asked_for),
      WITH_RUNNER(test_warmup_and_repeat_are_not_counted),
      WITH_RUNNER(test_stop_at_sample_begin),
      WITH_RUNNER(test_stop_at_sample_end),
      WITH_RUNNER(test_stop_at_a_node),
      WITH_RUNNER(test_stop_in_a_later_round_keeps_all_durations),
      WITH_RUNNER(test_progress),
      WITH_RUNNER(test_progress_of_a_fast_model_is_rare),
      WITH_RUNNER(test_calling_the_same_runner_from_a_callback_is_busy),
  };
  return cmocka_run_group_tests_name("callbacks", tests, NULL, NULL);
}
