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
    const air_result *result = null_invoke(session, &io, NULL, NULL);
    null_io_check(&io, counts[i]);
    for (uint32_t k = 0; k < 2; ++k) assert_false(holds(result, AIR_PLACE_OUTPUT, 0, k));
    air_release_result(result);
    assert_memory_equal(io.in1, before.in1, sizeof io.in1);
    assert_memory_equal(io.in2, before.in2, sizeof io.in2);
  }
  air_disconnect(runner);
}

static void test_outputs_of_the_result(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io, fewer;
  null_io_init(&io, 5);
  const air_result *result = null_invoke_kept(session, &io, NULL, NULL);
  const air_view output_1 = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES);
  const air_view output_2 = tensor_of(result, AIR_PLACE_OUTPUT, 0, 1, AIR_ALL_SAMPLES);
  assert_int_equal(output_1.dtype, AIR_DTYPE_INT8);
  assert_int_equal(output_2.dtype, AIR_DTYPE_FLOAT32);
  const int64_t shape_1[] = {5, 4, 4, 2}, shape_2[] = {5, 4};
  assert_int_equal(output_1.rank, 4);
  assert_memory_equal(output_1.shape, shape_1, sizeof shape_1);
  assert_int_equal(output_2.rank, 2);
  assert_memory_equal(output_2.shape, shape_2, sizeof shape_2);
  null_check_result(&io, result, 5);
  air_release_result(result);

  null_io_init(&fewer, 2);
  result = null_invoke_kept(session, &fewer, NULL, NULL);
  null_check_result(&fewer, result, 2);
  air_release_result(result);
  air_disconnect(runner);
}

static void test_one_sample_of_an_output(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 4);
  const air_result *result = null_invoke_kept(first_session(runner), &io, NULL, NULL);
  for (uint64_t s = 0; s < 4; ++s) {
    const air_view view = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, s);
    const int64_t shape[] = {4, 4, 2};
    int8_t want[N_OUT1];
    null_node_1(&io, s, want);
    assert_int_equal(view.rank, 3);
    assert_memory_equal(view.shape, shape, sizeof shape);
    assert_int_equal(view.size_bytes, sizeof want);
    assert_memory_equal(view.data, want, sizeof want);
  }
  air_release_result(result);
  air_disconnect(runner);
}

static void test_asking_for_what_is_not_there(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 2);
  const air_result *result = null_invoke_kept(first_session(runner), &io, NULL, NULL);
  air_view view = {.size_bytes = 4711};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(NULL, AIR_PLACE_OUTPUT, 0, 0, 0, &view));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 0, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 2, 0, &view));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 0, 2, &view));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, AIR_PLACE_OUTPUT, 1, 0, 0, &view));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, 3, 0, 0, 0, &view));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, AIR_PLACE_NODE, UINT32_MAX, 0, 0, &view));
  assert_int_equal(view.size_bytes, 4711);
  assert_false(holds(result, AIR_PLACE_INPUT, 0, 0));
  assert_true(holds(result, AIR_PLACE_OUTPUT, 0, 0));
  assert_null(air_get_values(result, UINT32_MAX, AIR_WHOLE_RUN));
  assert_null(air_get_values(result, 0, N_NODES));
  assert_string_equal(air_get_note(result, N_NODES, 0), "");
  assert_string_equal(air_get_note(result, AIR_WHOLE_RUN, UINT64_MAX), "");
  air_release_result(result);
  air_disconnect(runner);
}

static void test_results_of_sessions(void **state) {
  air_runner *runner = connect_to("null:?models=2");
  air_session *a = NULL, *b = NULL;
  CHECK_OK(air_get_session_at(runner, 0, &a));
  CHECK_OK(air_get_session_at(runner, 1, &b));
  null_io io, one;
  null_io_init(&io, 3);
  null_io_init(&one, 1);
  const air_result *of_a = null_invoke_kept(a, &io, NULL, NULL);
  const air_result *of_b = null_invoke_kept(b, &one, NULL, NULL);
  null_check_result(&io, of_a, 3);
  null_check_result(&one, of_b, 1);
  assert_string_equal(air_get_result_model(of_a)->name, "network");
  assert_string_equal(air_get_result_model(of_b)->name, "network_2");
  air_release_result(of_a);
  air_release_result(of_b);
  air_disconnect(runner);
}

enum { GUARD = 64 };

/** Memory in the middle of a guarded block, at an odd address. */
static unsigned char *guarded(const void *bytes, size_t size) {
  unsigned char *block = malloc(GUARD + 1 + size + GUARD);
  assert_non_null(block);
  memset(block, 0xC3, GUARD + 1 + size + GUARD);
  memcpy(block + GUARD + 1, bytes, size);
  return block + GUARD + 1;
}

static void check_guards(unsigned char *memory, size_t size) {
  unsigned char untouched[GUARD + 1];
  memset(untouched, 0xC3, sizeof untouched);
  assert_memory_equal(memory - GUARD - 1, untouched, GUARD + 1);
  assert_memory_equal(memory + size, untouched, GUARD);
  free(memory - GUARD - 1);
}

static void test_unaligned_and_guarded_memory(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 3);
  unsigned char *inputs[2], *outputs[2];
  for (int i = 0; i < 2; ++i) {
    io.inputs[i].data = inputs[i] = guarded(io.inputs[i].data, (size_t)io.inputs[i].size_bytes);
    io.outputs[i].data = outputs[i] = guarded(io.outputs[i].data, (size_t)io.outputs[i].size_bytes);
  }
  air_release_result(null_invoke(first_session(runner), &io, NULL, NULL));
  null_check_outputs(&io, outputs[0], outputs[1], 3);
  assert_memory_equal(inputs[0], io.in1, (size_t)io.inputs[0].size_bytes);
  assert_memory_equal(inputs[1], io.in2, (size_t)io.inputs[1].size_bytes);
  for (int i = 0; i < 2; ++i) {
    check_guards(inputs[i], (size_t)io.inputs[i].size_bytes);
    check_guards(outputs[i], (size_t)io.outputs[i].size_bytes);
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
      CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
      assert_int_equal(air_last_error()->vendor_code, 1000 + node);
    }
    air_disconnect(runner);
  }
}

static void test_network_error_at_one_sample(void **state) {
  air_runner *runner = connect_to("null:?fail_sample=2&fail_at=1");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 5);
  CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(session, 5, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  assert_int_equal(air_last_error()->vendor_code, 1001);
  null_check_outputs(&io, io.out1, io.out2, 2);

  null_io_init(&io, 2);
  air_release_result(null_invoke(session, &io, NULL, NULL));
  null_io_check(&io, 2);
  air_disconnect(runner);
}

static void invoke_sums(air_session *session, null_io *io, uint64_t n) {
  null_io_init(io, n);
  air_release_result(null_invoke(session, io, NULL, NULL));
}

static void test_states(void **state) {
  air_runner *runner = connect_to("null:?stateful=1");
  air_session *session = first_session(runner);
  assert_true(model_of(session)->capabilities & AIR_CAP_RESET_STATES);
  assert_true(model_of(session)->states_bytes > 0);
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
  CHECK_OK(air_reset_states(session, NULL));
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
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_reset_states(first_session(runner), NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_reset_states(NULL, NULL));
  air_disconnect(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_outputs_of_the_caller),
      cmocka_unit_test(test_outputs_of_the_result),
      cmocka_unit_test(test_one_sample_of_an_output),
      cmocka_unit_test(test_asking_for_what_is_not_there),
      cmocka_unit_test(test_results_of_sessions),
      cmocka_unit_test(test_unaligned_and_guarded_memory),
      cmocka_unit_test(test_network_error),
      cmocka_unit_test(test_network_error_at_one_sample),
      cmocka_unit_test(test_states),
      cmocka_unit_test(test_states_belong_to_one_session),
      cmocka_unit_test(test_reset_without_states),
  };
  return cmocka_run_group_tests_name("invoke", tests, NULL, NULL);
}
