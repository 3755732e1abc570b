// SPDX-License-Identifier: BSD-3-Clause
// Modes (per layer, with data, fixed input, performance only) and conversions of inputs and outputs.
#include <string.h>

#include "capi.h"

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

static const air_profile *run(null_io *io, uint64_t n, uint32_t mode, uint32_t io_mode) {
  null_io_init(io, n);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  options.io_mode = io_mode;
  CHECK_OK(air_invoke(session, n, io->inputs, 2, io->outputs, 2, &options));
  return profile_of(session);
}

static void test_io_only(void **state) {
  null_io io;
  const air_profile *profile = run(&io, 3, AIR_MODE_IO_ONLY, 0);
  null_io_check(&io, 3);
  assert_int_equal(profile->mode, AIR_MODE_IO_ONLY);
  assert_int_equal(profile->n_nodes, 0);
  assert_int_equal(profile->n_samples, 3);
}

static void test_per_layer(void **state) {
  null_io io;
  const air_profile *profile = run(&io, 3, AIR_MODE_PER_LAYER, 0);
  null_io_check(&io, 3);
  assert_int_equal(profile->mode, AIR_MODE_PER_LAYER);
  assert_int_equal(profile->n_nodes, N_NODES);
  for (uint32_t node = 0; node < N_NODES; ++node) {
    assert_true(profile->nodes[node]->struct_size >= sizeof(air_node_profile));
    assert_int_equal(profile->nodes[node]->info->index, node);
    assert_null(profile->nodes[node]->data);
    for (uint64_t s = 0; s < 3; ++s) assert_true(profile->nodes[node]->durations_ms[s] >= 0.0);
  }
}

static void test_per_layer_with_data(void **state) {
  null_io io;
  const air_profile *profile = run(&io, 5, AIR_MODE_PER_LAYER_WITH_DATA, 0);
  null_io_check(&io, 5);
  assert_int_equal(profile->mode & (AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA),
                   AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA);
  assert_int_equal(profile->n_nodes, N_NODES);
  for (uint64_t s = 0; s < 5; ++s) {
    float scaled[N_IN1], biased[N_IN2], sums[N_OUT2];
    int8_t quantized[N_OUT1];
    null_node_0(&io, s, scaled);
    null_node_1(&io, s, quantized);
    null_node_2(&io, s, biased);
    null_node_3(&io, s, sums);
    const void *want[N_NODES][2] = {{scaled, NULL}, {quantized, NULL}, {biased, NULL}, {sums, quantized}};
    for (uint32_t node = 0; node < N_NODES; ++node) {
      const air_node_profile *got = profile->nodes[node];
      assert_non_null(got->data);
      for (uint32_t k = 0; k < got->info->n_outputs; ++k) {
        const size_t size = (size_t)got->info->outputs[k]->size_bytes;
        assert_memory_equal((const char *)got->data[k] + s * size, want[node][k], size);
      }
    }
  }
}

static void test_both_per_layer_bits(void **state) {
  null_io io;
  const air_profile *profile = run(&io, 2, AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA, 0);
  assert_non_null(profile->nodes[0]->data);
}

static void test_fixed_input(void **state) {
  null_io io, filled, before;
  null_io_init(&before, 3);
  const air_profile *profile = run(&io, 3, AIR_MODE_FIXED_INPUT, 0);
  assert_int_equal(profile->mode, AIR_MODE_FIXED_INPUT);
  assert_memory_equal(io.in1, before.in1, sizeof before.in1);
  assert_memory_equal(io.in2, before.in2, sizeof before.in2);
  // What plain inputs filled that way give.
  null_io_init(&filled, 3);
  for (int s = 0; s < 3; ++s) {
    for (int i = 0; i < N_IN1; ++i) filled.in1[s][i] = filled.in1[s][0];
    for (int i = 0; i < N_IN2; ++i) filled.in2[s][i] = filled.in2[s][0];
  }
  null_check_outputs(&filled, io.outputs, 3);
}

static void test_performance_only(void **state) {
  null_io io;
  const air_profile *profile = run(&io, 3, AIR_MODE_PERF_ONLY, 0);
  null_io_check(&io, 0);
  assert_true(profile->mode & AIR_MODE_PERF_ONLY);
  assert_int_equal(profile->n_samples, 3);
  assert_int_equal(profile->n_durations, 3);

  profile = run(&io, 3, AIR_MODE_PERF_ONLY | AIR_MODE_PER_LAYER_WITH_DATA, 0);
  null_io_check(&io, 0);
  assert_int_equal(profile->n_nodes, N_NODES);
  for (uint32_t node = 0; node < N_NODES; ++node) assert_null(profile->nodes[node]->data);
}

static void test_debug_changes_no_result(void **state) {
  null_io io;
  run(&io, 2, AIR_MODE_DEBUG | AIR_MODE_PER_LAYER, 0);
  null_io_check(&io, 2);
}

static void test_quantized_inputs(void **state) {
  null_io io;
  null_io_init(&io, 4);
  float real[4][N_IN2];
  for (int s = 0; s < 4; ++s) {
    for (int i = 0; i < N_IN2; ++i) real[s][i] = (float)(io.in2[s][i] + 3) * 0.5f + 0.1f;
  }
  io.inputs[1] = (air_buffer){.data = real, .size_bytes = sizeof real, .dtype = AIR_DTYPE_FLOAT32};
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 4, io.inputs, 2, io.outputs, 2, &options));
  options.io_mode = AIR_IO_QUANTIZE;
  CHECK_OK(air_invoke(session, 4, io.inputs, 2, io.outputs, 2, &options));
  null_io_check(&io, 4);

  io.inputs[1].size_bytes -= sizeof(float);
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 4, io.inputs, 2, io.outputs, 2, &options));
}

static void test_storage_inputs_pass_quantize(void **state) {
  null_io io;
  null_io_init(&io, 4);
  io.inputs[1].dtype = AIR_DTYPE_INT8;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.io_mode = AIR_IO_QUANTIZE;
  CHECK_OK(air_invoke(session, 4, io.inputs, 2, io.outputs, 2, &options));
  null_io_check(&io, 4);
  io.inputs[1].dtype = AIR_DTYPE_INT16;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 4, io.inputs, 2, io.outputs, 2, &options));
}

static void check_dequantized(const null_io *io, const air_buffer *outputs, uint64_t n) {
  const float *got1 = outputs[0].data;
  const float *got2 = outputs[1].data;
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
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.io_mode = AIR_IO_DEQUANTIZE;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 3, io.inputs, 2, io.outputs, 2, &options));

  float real[3][N_OUT1];
  io.outputs[0] = (air_buffer){.data = real, .size_bytes = sizeof real, .dtype = AIR_DTYPE_FLOAT32};
  CHECK_OK(air_invoke(session, 3, io.inputs, 2, io.outputs, 2, &options));
  check_dequantized(&io, io.outputs, 3);
  io.outputs[0].dtype = AIR_DTYPE_INT8;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 3, io.inputs, 2, io.outputs, 2, &options));

  const air_buffer *outputs = NULL;
  uint32_t n_outputs = 0;
  CHECK_OK(air_invoke(session, 3, io.inputs, 2, NULL, 0, &options));
  CHECK_OK(air_get_outputs(session, &outputs, &n_outputs));
  assert_int_equal(n_outputs, 2);
  assert_int_equal(outputs[0].dtype, AIR_DTYPE_FLOAT32);
  assert_int_equal(outputs[0].size_bytes, sizeof real);
  assert_int_equal(outputs[0].rank, 4);
  assert_int_equal(outputs[0].shape[0], 3);
  check_dequantized(&io, outputs, 3);
}

static void test_node_data_stay_in_storage_type(void **state) {
  null_io io;
  null_io_init(&io, 2);
  float real[2][N_OUT1];
  io.outputs[0] = (air_buffer){.data = real, .size_bytes = sizeof real};
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER_WITH_DATA;
  options.io_mode = AIR_IO_DEQUANTIZE | AIR_IO_QUANTIZE;
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, &options));
  int8_t quantized[N_OUT1];
  null_node_1(&io, 1, quantized);
  assert_memory_equal((const char *)profile_of(session)->nodes[1]->data[0] + sizeof quantized, quantized,
                      sizeof quantized);
  check_dequantized(&io, io.outputs, 2);
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_io_only),
      WITH_RUNNER(test_per_layer),
      WITH_RUNNER(test_per_layer_with_data),
      WITH_RUNNER(test_both_per_layer_bits),
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
