// SPDX-License-Identifier: BSD-3-Clause
// Running: results, who owns the outputs, unaligned and guarded memory, states, failures of the network.
#include <stdlib.h>
#include <string.h>

#include "capi.h"

static void test_outputs_of_the_caller(void **state) {
  static const uint64_t counts[] = {1, 2, 3, 17, MAX_SAMPLES};
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  for (size_t i = 0; i < ARRAY_SIZE(counts); ++i) {
    null_io io, before;
    null_io_init(&io, counts[i]);
    before = io;
    CHECK_OK(air_invoke(session, counts[i], io.inputs, 2, io.outputs, 2, NULL));
    null_io_check(&io, counts[i]);
    assert_memory_equal(io.in1, before.in1, sizeof io.in1);
    assert_memory_equal(io.in2, before.in2, sizeof io.in2);
  }
  air_disconnect(runner);
}

static void test_outputs_of_the_library(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  const air_buffer *outputs = NULL;
  uint32_t n_outputs = 0;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_get_outputs(session, &outputs, &n_outputs));

  null_io io;
  null_io_init(&io, 5);
  CHECK_OK(air_invoke(session, 5, io.inputs, 2, NULL, 0, NULL));
  CHECK_OK(air_get_outputs(session, &outputs, &n_outputs));
  assert_int_equal(n_outputs, 2);
  assert_int_equal(outputs[0].size_bytes, 5 * sizeof io.out1[0]);
  assert_int_equal(outputs[1].size_bytes, 5 * sizeof io.out2[0]);
  assert_int_equal(outputs[0].dtype, AIR_DTYPE_INT8);
  assert_int_equal(outputs[1].dtype, AIR_DTYPE_FLOAT32);
  const int64_t shape1[] = {5, 4, 4, 2}, shape2[] = {5, 4};
  assert_int_equal(outputs[0].rank, 4);
  assert_memory_equal(outputs[0].shape, shape1, sizeof shape1);
  assert_int_equal(outputs[1].rank, 2);
  assert_memory_equal(outputs[1].shape, shape2, sizeof shape2);
  null_check_outputs(&io, outputs, 5);

  null_io fewer;
  null_io_init(&fewer, 2);
  CHECK_OK(air_invoke(session, 2, fewer.inputs, 2, NULL, 0, NULL));
  CHECK_OK(air_get_outputs(session, &outputs, &n_outputs));
  assert_int_equal(outputs[0].size_bytes, 2 * sizeof io.out1[0]);
  assert_int_equal(outputs[0].shape[0], 2);
  null_check_outputs(&fewer, outputs, 2);
  air_disconnect(runner);
}

static void test_outputs_wrong_use(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 1);
  CHECK_OK(air_invoke(session, 1, io.inputs, 2, NULL, 0, NULL));
  const air_buffer *outputs = NULL;
  uint32_t n_outputs = 0;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_outputs(NULL, &outputs, &n_outputs));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_outputs(session, NULL, &n_outputs));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_outputs(session, &outputs, NULL));
  air_disconnect(runner);
}

static void test_sessions_keep_their_own_outputs(void **state) {
  air_runner *runner = connect_to("null:?models=2");
  air_session *a = NULL, *b = NULL;
  CHECK_OK(air_get_session_at(runner, 0, &a));
  CHECK_OK(air_get_session_at(runner, 1, &b));
  null_io io;
  null_io_init(&io, 3);
  CHECK_OK(air_invoke(a, 3, io.inputs, 2, NULL, 0, NULL));
  const air_buffer *outputs = NULL;
  uint32_t n_outputs = 0;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_get_outputs(b, &outputs, &n_outputs));
  null_io one;
  null_io_init(&one, 1);
  CHECK_OK(air_invoke(b, 1, one.inputs, 2, NULL, 0, NULL));
  CHECK_OK(air_get_outputs(a, &outputs, &n_outputs));
  assert_int_equal(outputs[0].size_bytes, 3 * sizeof io.out1[0]);
  null_check_outputs(&io, outputs, 3);
  assert_int_equal(profile_of(a)->n_samples, 3);
  assert_int_equal(profile_of(b)->n_samples, 1);
  air_disconnect(runner);
}

static void test_unaligned_and_guarded_memory(void **state) {
  enum { n = 3, guard = 64 };
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, n);
  unsigned char *blocks[4];
  air_buffer *buffers[4] = {&io.inputs[0], &io.inputs[1], &io.outputs[0], &io.outputs[1]};
  for (int i = 0; i < 4; ++i) {
    const size_t size = buffers[i]->size_bytes;
    blocks[i] = malloc(guard + 1 + size + guard);
    assert_non_null(blocks[i]);
    memset(blocks[i], 0xC3, guard + 1 + size + guard);
    memcpy(blocks[i] + guard + 1, buffers[i]->data, size);
    buffers[i]->data = blocks[i] + guard + 1;
  }
  CHECK_OK(air_invoke(session, n, io.inputs, 2, io.outputs, 2, NULL));
  null_check_outputs(&io, io.outputs, n);
  unsigned char untouched[guard + 1];
  memset(untouched, 0xC3, sizeof untouched);
  assert_memory_equal((char *)io.inputs[0].data, io.in1, (size_t)io.inputs[0].size_bytes);
  assert_memory_equal((char *)io.inputs[1].data, io.in2, (size_t)io.inputs[1].size_bytes);
  for (int i = 0; i < 4; ++i) {
    assert_memory_equal(blocks[i], untouched, guard + 1);
    assert_memory_equal(blocks[i] + guard + 1 + buffers[i]->size_bytes, untouched, guard);
    free(blocks[i]);
  }
  air_disconnect(runner);
}

static void test_network_error(void **state) {
  for (int node = 0; node < N_NODES; ++node) {
    char descriptor[] = "null:?fail_at=0";
    descriptor[strlen(descriptor) - 1] = (char)('0' + node);
    air_runner *runner = connect_to(descriptor);
    air_session *session = first_session(runner);
    null_io io;
    null_io_init(&io, 2);
    for (int again = 0; again < 2; ++again) {
      CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
      assert_int_equal(air_last_error()->vendor_code, 1000 + node);
      assert_int_equal(profile_of(session)->n_samples, 0);
    }
    air_disconnect(runner);
  }
}

static void test_network_error_at_one_sample(void **state) {
  air_runner *runner = connect_to("null:?fail_sample=2&fail_at=1");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 5);
  CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(session, 5, io.inputs, 2, io.outputs, 2, NULL));
  assert_int_equal(air_last_error()->vendor_code, 1001);
  null_check_outputs(&io, io.outputs, 2);
  const air_profile *profile = profile_of(session);
  assert_int_equal(profile->n_samples, 2);
  assert_int_equal(profile->n_durations, 2);
  assert_int_equal(profile->stopped, 0);

  null_io_init(&io, 2);
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 2);
  air_disconnect(runner);
}

static void invoke_sums(air_session *session, null_io *io, uint64_t n) {
  null_io_init(io, n);
  CHECK_OK(air_invoke(session, n, io->inputs, 2, io->outputs, 2, NULL));
}

static void test_states(void **state) {
  air_runner *runner = connect_to("null:?stateful=1");
  air_session *session = first_session(runner);
  assert_true(info_of(session)->capabilities & AIR_CAP_RESET_STATES);
  assert_true(info_of(session)->states_bytes > 0);
  null_io first, second;
  invoke_sums(session, &first, 3);
  float total[N_OUT2] = {0};
  for (uint64_t s = 0; s < 3; ++s) {
    float sums[N_OUT2];
    null_node_3(&first, s, sums);
    for (int k = 0; k < N_OUT2; ++k) total[k] += sums[k];
    assert_memory_equal(first.out2[s], total, sizeof total);
  }
  invoke_sums(session, &second, 3);
  assert_memory_not_equal(second.out2, first.out2, sizeof first.out2[0]);
  CHECK_OK(air_reset_states(session));
  invoke_sums(session, &second, 3);
  assert_memory_equal(second.out2, first.out2, sizeof first.out2);
  assert_memory_equal(second.out1, first.out1, sizeof first.out1);
  air_disconnect(runner);
}

static void test_states_belong_to_one_session(void **state) {
  air_runner *runner = connect_to("null:?stateful=1&models=2");
  air_session *a = NULL, *b = NULL;
  CHECK_OK(air_get_session_at(runner, 0, &a));
  CHECK_OK(air_get_session_at(runner, 1, &b));
  null_io io_a, io_b;
  invoke_sums(a, &io_a, 2);
  invoke_sums(b, &io_b, 2);
  assert_memory_equal(io_b.out2, io_a.out2, sizeof io_a.out2);
  air_disconnect(runner);
}

static void test_reset_without_states(void **state) {
  air_runner *runner = connect_to("null:");
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_reset_states(first_session(runner)));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_reset_states(NULL));
  air_disconnect(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_outputs_of_the_caller),
      cmocka_unit_test(test_outputs_of_the_library),
      cmocka_unit_test(test_outputs_wrong_use),
      cmocka_unit_test(test_sessions_keep_their_own_outputs),
      cmocka_unit_test(test_unaligned_and_guarded_memory),
      cmocka_unit_test(test_network_error),
      cmocka_unit_test(test_network_error_at_one_sample),
      cmocka_unit_test(test_states),
      cmocka_unit_test(test_states_belong_to_one_session),
      cmocka_unit_test(test_reset_without_states),
  };
  return cmocka_run_group_tests_name("invoke", tests, NULL, NULL);
}
