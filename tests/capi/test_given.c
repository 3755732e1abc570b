// SPDX-License-Identifier: BSD-3-Clause
// Given values, against the arithmetic of the null model: what follows a node has the given ones, the node itself tells its own.
#include <string.h>

#include "capi.h"
#include "folders.h"

enum { N = 3, SCALE = 0, QUANTIZE = 1, ADD_BIAS = 2, SPLIT = 3 };

/** Values for every node of N samples. */
typedef struct values {
  float scaled[N][N_IN1];
  int8_t quantized[N][N_OUT1];
  float biased[N][N_IN2];
} values;

static values some_values(void) {
  values v;
  for (int s = 0; s < N; ++s) {
    for (int i = 0; i < N_IN1; ++i) v.scaled[s][i] = (float)(s + i % 7);
    for (int i = 0; i < N_OUT1; ++i) v.quantized[s][i] = (int8_t)(10 * s - i);
    for (int i = 0; i < N_IN2; ++i) v.biased[s][i] = (float)(100 * s + i);
  }
  return v;
}

static air_invoke_options give(const air_given *given, uint32_t n) {
  return (air_invoke_options){
      .struct_size = sizeof(air_invoke_options), .mode = AIR_MODE_PER_LAYER_WITH_DATA, .given = given, .n_given = n};
}

static const void *node_data(const air_result *result, uint32_t node, uint64_t sample) {
  return tensor_of(result, AIR_PLACE_NODE, node, 0, sample).data;
}

/** Nodes 0..2 tell what they compute of the inputs; node 1 of given values of node 0 where `scaled` has some. */
static void check_own_data(const null_io *io, const air_result *result, const float (*scaled)[N_IN1]) {
  for (uint64_t s = 0; s < N; ++s) {
    float want_scaled[N_IN1], want_biased[N_IN2];
    int8_t want_quantized[N_OUT1];
    null_node_0(io, s, want_scaled);
    null_node_2(io, s, want_biased);
    assert_memory_equal(node_data(result, SCALE, s), want_scaled, sizeof want_scaled);
    assert_memory_equal(node_data(result, ADD_BIAS, s), want_biased, sizeof want_biased);
    if (scaled) {
      for (int i = 0; i < N_OUT1; ++i) want_quantized[i] = (int8_t)(4.0f * scaled[s][i] + 4.0f);
    } else {
      null_node_1(io, s, want_quantized);
    }
    assert_memory_equal(node_data(result, QUANTIZE, s), want_quantized, sizeof want_quantized);
  }
}

static void test_one_node(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, N);
  const values v = some_values();
  const uint32_t node = SCALE;
  CHECK_OK(air_prepare(session, &node, 1, NULL));
  const air_given given = {.node = SCALE, .data = v.scaled, .size_bytes = sizeof v.scaled};
  const air_invoke_options options = give(&given, 1);
  const air_result *result = null_invoke_kept(session, &io, &options, NULL);
  check_own_data(&io, result, v.scaled);
  for (uint64_t s = 0; s < N; ++s) {
    const int8_t *output = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, s).data;
    for (int i = 0; i < N_OUT1; ++i) assert_int_equal(output[i], (int)(4.0f * v.scaled[s][i] + 4.0f));
    float sums[N_OUT2];
    null_node_3(&io, s, sums);  // which do not follow
    assert_memory_equal(tensor_of(result, AIR_PLACE_OUTPUT, 0, 1, s).data, sums, sizeof sums);
  }
  air_release_result(result);
  air_release_result(null_invoke(session, &io, NULL, NULL));  // without them it is as it was
  null_io_check(&io, N);
  CHECK_OK(air_disconnect(runner));
}

/** Nodes 1 and 2 are given in another order than they were prepared in. */
static void check_two_nodes(air_session *session, air_invoke_options options, const null_io *io, const values *v) {
  const air_given given[] = {{.node = ADD_BIAS, .data = v->biased, .size_bytes = sizeof v->biased},
                             {.node = QUANTIZE, .data = v->quantized, .size_bytes = sizeof v->quantized}};
  options.struct_size = sizeof options;
  options.given = given;
  options.n_given = 2;
  const air_result *result = null_invoke_kept(session, io, &options, NULL);
  for (uint64_t s = 0; s < N; ++s) {
    assert_memory_equal(tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, s).data, v->quantized[s], sizeof v->quantized[s]);
    const float *sums = tensor_of(result, AIR_PLACE_OUTPUT, 0, 1, s).data;
    for (int i = 0; i < N_OUT2; ++i) assert_true(sums[i] == v->biased[s][2 * i] + v->biased[s][2 * i + 1]);
  }
  if (options.mode == AIR_MODE_PER_LAYER_WITH_DATA) check_own_data(io, result, NULL);
  air_release_result(result);
}

// In every mode; with a warm-up and repeats each sample gets its own values in every round.
static void test_two_nodes(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, N);
  const values v = some_values();
  const uint32_t nodes[] = {QUANTIZE, ADD_BIAS};
  CHECK_OK(air_prepare(first_session(runner), nodes, 2, NULL));
  static const uint32_t modes[] = {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA};
  for (size_t i = 0; i < ARRAY_SIZE(modes); ++i) {
    check_two_nodes(first_session(runner), (air_invoke_options){.mode = modes[i]}, &io, &v);
    check_two_nodes(first_session(runner), (air_invoke_options){.mode = modes[i], .warmup = 4, .repeat = 3}, &io, &v);
  }
  CHECK_OK(air_disconnect(runner));
}

typedef struct seen {
  const values *v;
  const null_io *io;
  int n_begun, n_ended;
} seen;

static air_action see_begin(void *user, const air_node_event *event) {
  seen *all = user;
  if (event->node != QUANTIZE) return AIR_CONTINUE;
  assert_memory_equal(event->tensors[0].data, all->v->scaled[event->sample], sizeof all->v->scaled[0]);
  ++all->n_begun;
  return AIR_CONTINUE;
}

static air_action see_end(void *user, const air_node_event *event) {
  seen *all = user;
  if (event->node != SCALE) return AIR_CONTINUE;
  float scaled[N_IN1];
  null_node_0(all->io, event->sample, scaled);
  assert_memory_equal(event->tensors[0].data, scaled, sizeof scaled);
  ++all->n_ended;
  return AIR_CONTINUE;
}

static void test_events(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, N);
  const values v = some_values();
  const uint32_t node = SCALE;
  CHECK_OK(air_prepare(first_session(runner), &node, 1, NULL));
  seen all = {.v = &v, .io = &io};
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks, .user = &all, .on_node_begin = see_begin, .on_node_end = see_end};
  const air_given given = {.node = SCALE, .data = v.scaled, .size_bytes = sizeof v.scaled};
  const air_invoke_options options = give(&given, 1);
  air_release_result(null_invoke_kept(first_session(runner), &io, &options, &callbacks));
  assert_int_equal(all.n_begun, N);
  assert_int_equal(all.n_ended, N);
  CHECK_OK(air_disconnect(runner));
}

static void test_sessions_are_prepared_each(void **state) {
  air_runner *runner = connect_to("null:?models=2");
  air_session *second = NULL;
  CHECK_OK(air_get_session_at(runner, 1, &second));
  null_io io;
  null_io_init(&io, N);
  const values v = some_values();
  const uint32_t nodes[] = {QUANTIZE, ADD_BIAS}, other = SPLIT;
  CHECK_OK(air_prepare(first_session(runner), nodes, 2, NULL));
  CHECK_OK(air_prepare(second, &other, 1, NULL));
  check_two_nodes(first_session(runner), (air_invoke_options){.mode = 0}, &io, &v);
  const air_given given = {.node = SCALE, .data = v.scaled, .size_bytes = sizeof v.scaled};
  const air_invoke_options options = give(&given, 1);
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(second, N, io.inputs, 2, NULL, 0, &options, NULL, NULL));
  CHECK_ERROR_TELLS("node 0 'scale', which the session was not prepared for");
  CHECK_OK(air_disconnect(runner));
}

static void test_prepare_is_refused(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  const uint32_t far = N_NODES, twice[] = {2, 1, 2};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_prepare(NULL, &far, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_prepare(session, NULL, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_prepare(session, &far, 1, NULL));
  CHECK_ERROR_TELLS("no node 4: there are 4");
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_prepare(session, twice, 3, NULL));
  CHECK_ERROR_TELLS("node 2 'add_bias' is there twice");
  CHECK_OK(air_disconnect(runner));
}

static void test_prepare_without_the_capability(void **state) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("device", "device:", NULL, &runner));
  const uint32_t node = 0;
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_prepare(first_session(runner), &node, 1, NULL));
  CHECK_ERROR_TELLS("model 'twice' of backend device");
  CHECK_ERROR_TELLS("AIR_CAP_GIVEN");
  CHECK_OK(air_disconnect(runner));
}

static void check_refused(air_session *session, const null_io *io, const air_given *given, uint32_t n,
                          air_status status, const char *tells) {
  const air_invoke_options options = give(given, n);
  const air_result *result = NULL;
  CHECK_FAILS(status, air_invoke(session, io->n, io->inputs, 2, io->outputs, 2, &options, NULL, &result));
  CHECK_ERROR_TELLS(tells);
  assert_null(result);
  null_io_check(io, 0);
}

static void test_wrong_values(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, N);
  const values v = some_values();
  const air_given biased = {.node = ADD_BIAS, .data = v.biased, .size_bytes = sizeof v.biased};
  check_refused(session, &io, &biased, 1, AIR_ERROR_INVALID_ARGUMENT, "prepared for none: air_prepare()");
  const uint32_t nodes[] = {QUANTIZE, ADD_BIAS};
  CHECK_OK(air_prepare(session, nodes, 2, NULL));
  check_refused(session, &io, NULL, 1, AIR_ERROR_INVALID_ARGUMENT, "given is NULL");
  check_refused(session, &io, &biased, 0, AIR_ERROR_INVALID_INPUT, "output 0 of node 1 'quantize' is not given");
  check_refused(session, &io, &biased, 1, AIR_ERROR_INVALID_INPUT, "output 0 of node 1 'quantize' is not given");
  air_given given[] = {biased, {.node = QUANTIZE, .data = v.quantized, .size_bytes = sizeof v.quantized - 1}};
  check_refused(session, &io, given, 2, AIR_ERROR_INVALID_INPUT,
                "output 0 of node 1 'quantize': 95 bytes are given, expected 96 (3 samples of 32)");
  given[1].size_bytes = sizeof v.quantized;
  given[1].data = NULL;
  check_refused(session, &io, given, 2, AIR_ERROR_INVALID_ARGUMENT, "output 0 of node 1 'quantize': data is NULL");
  given[1] = biased;
  check_refused(session, &io, given, 2, AIR_ERROR_INVALID_INPUT, "output 0 of node 2 'add_bias' is given twice");
  given[1].output = 1;
  check_refused(session, &io, given, 2, AIR_ERROR_INVALID_INPUT, "output 1 of node 2 'add_bias', which has 1 outputs");
  given[1].node = N_NODES;
  check_refused(session, &io, given, 2, AIR_ERROR_INVALID_INPUT, "node 4: there are 4");
  air_release_result(null_invoke(session, &io, NULL, NULL));
  null_io_check(&io, N);
  CHECK_OK(air_disconnect(runner));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_node),
      cmocka_unit_test(test_two_nodes),
      cmocka_unit_test(test_events),
      cmocka_unit_test(test_sessions_are_prepared_each),
      cmocka_unit_test(test_prepare_is_refused),
      cmocka_unit_test(test_prepare_without_the_capability),
      cmocka_unit_test(test_wrong_values),
  };
  return cmocka_run_group_tests_name("given", tests, NULL, NULL);
}
