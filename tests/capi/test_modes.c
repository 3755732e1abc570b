// SPDX-License-Identifier: BSD-3-Clause
// Modes: what each one runs and what its result keeps. Conversions of inputs and outputs.
#include <string.h>

#include "null_session.h"

static const air_result *run(null_io *io, uint64_t n, uint32_t mode) {
  null_io_init(io, n);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode};
  return null_invoke(session, io, &options, NULL);
}

static int has_times_of_nodes(const air_result *result) {
  return values_of(result, "time.device", 0) != NULL;
}

static void test_io_only(void **state) {
  null_io io;
  const air_result *result = run(&io, 3, AIR_MODE_IO_ONLY);
  null_io_check(&io, 3);
  assert_int_equal(profile_of(result)->mode, AIR_MODE_IO_ONLY);
  assert_int_equal(profile_of(result)->n_samples, 3);
  assert_false(has_times_of_nodes(result));
  air_release_result(result);
}

static void test_per_layer(void **state) {
  null_io io;
  const air_result *result = run(&io, 3, AIR_MODE_PER_LAYER);
  null_io_check(&io, 3);
  assert_int_equal(profile_of(result)->mode, AIR_MODE_PER_LAYER);
  assert_int_equal(air_get_result_model(result)->n_nodes, N_NODES);
  for (uint32_t node = 0; node < N_NODES; ++node) {
    assert_false(holds(result, AIR_PLACE_NODE, node, 0));
    const double *times = values_of(result, "time.device", node);
    assert_non_null(times);
    for (uint64_t s = 0; s < 3; ++s) assert_true(times[s] >= 0.0);
  }
  air_release_result(result);
}

// A run that looks at no nodes says nothing of them, also when their description is known from an earlier one.
static void test_io_only_after_per_layer(void **state) {
  null_io io;
  air_release_result(run(&io, 3, AIR_MODE_PER_LAYER));
  const air_result *result = run(&io, 3, AIR_MODE_IO_ONLY);
  assert_false(has_times_of_nodes(result));
  air_release_result(result);
}

static void test_per_layer_with_data(void **state) {
  static const uint32_t modes[] = {AIR_MODE_PER_LAYER_WITH_DATA, AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA};
  for (size_t i = 0; i < ARRAY_SIZE(modes); ++i) {
    null_io io;
    const air_result *result = run(&io, 5, modes[i]);
    null_io_check(&io, 5);
    null_check_nodes(&io, result, 5);
    assert_int_equal(profile_of(result)->mode, AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA);
    assert_int_equal(profile_of(result)->asked_mode, modes[i]);
    assert_true(has_times_of_nodes(result));
    air_release_result(result);
  }
}

static void test_keep_nodes(void **state) {
  null_io io;
  null_io_init(&io, 3);
  const uint32_t keep[] = {3, 1};
  air_invoke_options options = {.struct_size = sizeof options,
                                .mode = AIR_MODE_PER_LAYER_WITH_DATA,
                                .n_keep_nodes = ARRAY_SIZE(keep),
                                .keep_nodes = keep};
  // At first the nodes are not known to the session, then they are.
  for (int again = 0; again < 2; ++again) {
    const air_result *result = null_invoke(session, &io, &options, NULL);
    assert_false(holds(result, AIR_PLACE_NODE, 0, 0));
    assert_true(holds(result, AIR_PLACE_NODE, 1, 0));
    assert_false(holds(result, AIR_PLACE_NODE, 2, 0));
    assert_true(holds(result, AIR_PLACE_NODE, 3, 0));
    assert_true(holds(result, AIR_PLACE_NODE, 3, 1));
    int8_t quantized[N_OUT1];
    null_node_1(&io, 2, quantized);
    assert_memory_equal(tensor_of(result, AIR_PLACE_NODE, 1, 0, 2).data, quantized, sizeof quantized);
    for (uint32_t node = 0; node < N_NODES; ++node) assert_non_null(values_of(result, "time.device", node));
    air_release_result(result);
  }
}

static air_action count_data(void *user, const air_node_event *event) {
  for (uint32_t i = 0; i < event->n_tensors; ++i) *(int *)user += event->tensors[i].data != NULL;
  return AIR_CONTINUE;
}

static void test_events_only(void **state) {
  int n_data = 0;
  null_io io;
  null_io_init(&io, 3);
  const air_invoke_options options = {.struct_size = sizeof options,
                                      .mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_EVENTS_ONLY};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = &n_data, .on_node_end = count_data};
  const air_result *result = null_invoke(session, &io, &options, &callbacks);
  assert_int_equal(n_data, 3 * 5);
  for (uint32_t node = 0; node < N_NODES; ++node) {
    assert_false(holds(result, AIR_PLACE_NODE, node, 0));
    assert_non_null(values_of(result, "time.device", node));
  }
  air_release_result(result);
}

static void test_keep_inputs(void **state) {
  null_io io;
  null_io_init(&io, 3);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_KEEP_INPUTS};
  const air_result *result = null_invoke_kept(session, &io, &options, NULL);
  const air_view in1 = tensor_of(result, AIR_PLACE_INPUT, 0, 0, AIR_ALL_SAMPLES);
  const air_view in2 = tensor_of(result, AIR_PLACE_INPUT, 0, 1, AIR_ALL_SAMPLES);
  assert_int_equal(in1.size_bytes, 3 * sizeof io.in1[0]);
  assert_int_equal(in2.size_bytes, 3 * sizeof io.in2[0]);
  assert_memory_equal(in1.data, io.in1, 3 * sizeof io.in1[0]);
  assert_memory_equal(in2.data, io.in2, 3 * sizeof io.in2[0]);
  // It is a copy: what the caller does with his own memory does not reach it.
  const float first = io.in1[0][0];
  memset(io.in1, 0x33, sizeof io.in1);
  assert_memory_equal(in1.data, &first, sizeof first);
  air_release_result(result);
}

// As the network got them: converted, filled.
static void test_inputs_are_kept_as_the_network_got_them(void **state) {
  null_io io;
  null_io_init(&io, 2);
  float real[2][N_IN2];
  for (int s = 0; s < 2; ++s) {
    for (int i = 0; i < N_IN2; ++i) real[s][i] = (float)(io.in2[s][i] + 3) * 0.5f;
  }
  io.inputs[1] = (air_input){.data = real, .size_bytes = sizeof real, .dtype = AIR_DTYPE_FLOAT32};
  air_invoke_options options = {
      .struct_size = sizeof options, .mode = AIR_MODE_KEEP_INPUTS, .io_mode = AIR_IO_QUANTIZE};
  const air_result *result = null_invoke_kept(session, &io, &options, NULL);
  assert_memory_equal(tensor_of(result, AIR_PLACE_INPUT, 0, 1, AIR_ALL_SAMPLES).data, io.in2, 2 * sizeof io.in2[0]);
  air_release_result(result);

  options.mode |= AIR_MODE_FIXED_INPUT;
  result = null_invoke_kept(session, &io, &options, NULL);
  const int8_t *got = tensor_of(result, AIR_PLACE_INPUT, 0, 1, AIR_ALL_SAMPLES).data;
  for (int i = 0; i < N_IN2; ++i) assert_int_equal(got[i], io.in2[0][0]);
  air_release_result(result);
}

static void test_fixed_input(void **state) {
  null_io io, filled, before;
  null_io_init(&before, 3);
  const air_result *result = run(&io, 3, AIR_MODE_FIXED_INPUT);
  assert_int_equal(profile_of(result)->mode, AIR_MODE_FIXED_INPUT);
  assert_memory_equal(io.in1, before.in1, sizeof before.in1);
  assert_memory_equal(io.in2, before.in2, sizeof before.in2);
  // What plain inputs filled that way give.
  null_io_init(&filled, 3);
  for (int s = 0; s < 3; ++s) {
    for (int i = 0; i < N_IN1; ++i) filled.in1[s][i] = filled.in1[s][0];
    for (int i = 0; i < N_IN2; ++i) filled.in2[s][i] = filled.in2[s][0];
  }
  null_check_outputs(&filled, io.out1, io.out2, 3);
  air_release_result(result);
}

static void test_performance_only(void **state) {
  null_io io;
  const air_result *result = run(&io, 3, AIR_MODE_PERF_ONLY);
  null_io_check(&io, 0);
  assert_true(profile_of(result)->mode & AIR_MODE_PERF_ONLY);
  assert_int_equal(profile_of(result)->n_samples, 3);
  assert_int_equal(profile_of(result)->n_runs, 3);
  air_release_result(result);

  null_io_init(&io, 3);
  const air_invoke_options options = {.struct_size = sizeof options,
                                      .mode = AIR_MODE_PERF_ONLY | AIR_MODE_PER_LAYER_WITH_DATA};
  result = null_invoke_kept(session, &io, &options, NULL);
  assert_true(has_times_of_nodes(result));
  for (uint32_t i = 0; i < 2; ++i) assert_false(holds(result, AIR_PLACE_OUTPUT, 0, i));
  for (uint32_t node = 0; node < N_NODES; ++node) assert_false(holds(result, AIR_PLACE_NODE, node, 0));
  air_release_result(result);
  air_release_result(null_invoke(session, &io, &options, NULL));
  null_io_check(&io, 0);
}

static void test_debug_changes_no_result(void **state) {
  null_io io;
  air_release_result(run(&io, 2, AIR_MODE_DEBUG | AIR_MODE_PER_LAYER));
  null_io_check(&io, 2);
}

static air_status invoke(const null_io *io, uint32_t io_mode) {
  const air_invoke_options options = {.struct_size = sizeof options, .io_mode = io_mode};
  return air_invoke(session, io->n, io->inputs, 2, io->outputs, 2, &options, NULL, NULL);
}

static void test_quantized_inputs(void **state) {
  null_io io;
  null_io_init(&io, 4);
  float real[4][N_IN2];
  for (int s = 0; s < 4; ++s) {
    for (int i = 0; i < N_IN2; ++i) real[s][i] = (float)(io.in2[s][i] + 3) * 0.5f + 0.1f;
  }
  io.inputs[1] = (air_input){.data = real, .size_bytes = sizeof real, .dtype = AIR_DTYPE_FLOAT32};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke(&io, AIR_IO_STORAGE));
  CHECK_OK(invoke(&io, AIR_IO_QUANTIZE));
  null_io_check(&io, 4);

  io.inputs[1].size_bytes -= sizeof(float);
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke(&io, AIR_IO_QUANTIZE));
}

static void test_storage_inputs_pass_quantize(void **state) {
  null_io io;
  null_io_init(&io, 4);
  io.inputs[1].dtype = AIR_DTYPE_INT8;
  CHECK_OK(invoke(&io, AIR_IO_QUANTIZE));
  null_io_check(&io, 4);
  io.inputs[1].dtype = AIR_DTYPE_INT16;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke(&io, AIR_IO_QUANTIZE));
}

static void check_dequantized(const null_io *io, const void *output_1, const void *output_2, uint64_t n) {
  const float *got1 = output_1;
  const float *got2 = output_2;
  for (uint64_t s = 0; s < n; ++s) {
    int8_t quantized[N_OUT1];
    float sums[N_OUT2];
    null_node_1(io, s, quantized);
    null_node_3(io, s, sums);
    for (int i = 0; i < N_OUT1; ++i) assert_true(got1[s * N_OUT1 + (uint64_t)i] == (float)(quantized[i] - 4) * 0.25f);
    assert_memory_equal(got2 + s * N_OUT2, sums, sizeof sums);
  }
}

static void test_dequantized_outputs(void **state) {
  null_io io;
  null_io_init(&io, 3);
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke(&io, AIR_IO_DEQUANTIZE));
  float real[3][N_OUT1];
  io.outputs[0] = (air_output){.data = real, .size_bytes = sizeof real};
  CHECK_OK(invoke(&io, AIR_IO_DEQUANTIZE));
  check_dequantized(&io, real, io.out2, 3);

  const air_invoke_options options = {.struct_size = sizeof options, .io_mode = AIR_IO_DEQUANTIZE};
  const air_result *result = null_invoke_kept(session, &io, &options, NULL);
  const air_view output_1 = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES);
  const air_view output_2 = tensor_of(result, AIR_PLACE_OUTPUT, 0, 1, AIR_ALL_SAMPLES);
  assert_int_equal(output_1.dtype, AIR_DTYPE_FLOAT32);
  assert_int_equal(output_1.size_bytes, sizeof real);
  assert_int_equal(output_1.rank, 4);
  assert_int_equal(output_1.shape[0], 3);
  check_dequantized(&io, output_1.data, output_2.data, 3);
  assert_int_equal(profile_of(result)->io_mode, AIR_IO_DEQUANTIZE);
  air_release_result(result);
}

static void test_node_data_stay_in_storage_type(void **state) {
  null_io io;
  null_io_init(&io, 2);
  float real[2][N_OUT1];
  io.outputs[0] = (air_output){.data = real, .size_bytes = sizeof real};
  const air_invoke_options options = {.struct_size = sizeof options,
                                      .mode = AIR_MODE_PER_LAYER_WITH_DATA,
                                      .io_mode = AIR_IO_DEQUANTIZE | AIR_IO_QUANTIZE};
  const air_result *result = null_invoke(session, &io, &options, NULL);
  null_check_nodes(&io, result, 2);
  check_dequantized(&io, real, io.out2, 2);
  air_release_result(result);
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_io_only),
      WITH_RUNNER(test_per_layer),
      WITH_RUNNER(test_io_only_after_per_layer),
      WITH_RUNNER(test_per_layer_with_data),
      WITH_RUNNER(test_keep_nodes),
      WITH_RUNNER(test_events_only),
      WITH_RUNNER(test_keep_inputs),
      WITH_RUNNER(test_inputs_are_kept_as_the_network_got_them),
      WITH_RUNNER(test_fixed_input),
      WITH_RUNNER(test_performance_only),
      WITH_RUNNER(test_debug_changes_no_result),
      WITH_RUNNER(test_quantized_inputs),
      WITH_RUNNER(test_storage_inputs_pass_quantize),
      WITH_RUNNER(test_dequantized_outputs),
      WITH_RUNNER(test_node_data_stay_in_storage_type),
  };
  return cmocka_run_group_tests_name("modes", tests, NULL, NULL);
}
