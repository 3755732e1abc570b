// SPDX-License-Identifier: BSD-3-Clause
// The description of the null model, item by item, and of its nodes.
#include <string.h>

#include "capi.h"

typedef struct expected_tensor {
  const char *name;  // NULL: any
  air_dtype dtype;
  uint32_t rank;
  int64_t shape[4];
  float scale;  // 0: not quantized
  int32_t zero_point;
} expected_tensor;

static void check_tensor(const air_tensor_info *got, const expected_tensor *want, const char *tag) {
  assert_non_null(got);
  assert_true(got->struct_size >= sizeof(air_tensor_info));
  assert_non_null(got->name);
  if (want->name) assert_string_equal(got->name, want->name);
  assert_string_equal(got->tag, tag);
  assert_int_equal(got->dtype, want->dtype);
  assert_int_equal(got->rank, want->rank);
  uint64_t n = 1;
  for (uint32_t d = 0; d < want->rank; ++d) {
    assert_int_equal(got->shape[d], want->shape[d]);
    assert_int_equal(got->storage_shape[d], want->shape[d]);
    n *= (uint64_t)want->shape[d];
  }
  assert_int_equal(got->n_elements, n);
  assert_int_equal(got->size_bytes, n * air_dtype_size(want->dtype));
  assert_int_equal(got->quantized_axis, -1);
  assert_int_equal(got->fraction_bits, 0);
  if (want->scale == 0.0f) {
    assert_int_equal(got->encoding, AIR_ENCODING_PLAIN);
    assert_int_equal(got->n_scales, 0);
  } else {
    assert_int_equal(got->encoding, AIR_ENCODING_QUANTIZED);
    assert_int_equal(got->n_scales, 1);
    assert_true(got->scales[0] == want->scale);
    assert_int_equal(got->zero_points[0], want->zero_point);
  }
}

static const expected_tensor input_1 = {"input_1", AIR_DTYPE_FLOAT32, 4, {1, 4, 4, 2}, 0.0f, 0};
static const expected_tensor input_2 = {"input_2", AIR_DTYPE_INT8, 2, {1, 8}, 0.5f, -3};
static const expected_tensor output_1 = {"output_1", AIR_DTYPE_INT8, 4, {1, 4, 4, 2}, 0.25f, 4};
static const expected_tensor output_2 = {"output_2", AIR_DTYPE_FLOAT32, 2, {1, 4}, 0.0f, 0};
static const expected_tensor scaled = {NULL, AIR_DTYPE_FLOAT32, 4, {1, 4, 4, 2}, 0.0f, 0};
static const expected_tensor quantized = {NULL, AIR_DTYPE_INT8, 4, {1, 4, 4, 2}, 0.25f, 4};
static const expected_tensor biased = {NULL, AIR_DTYPE_FLOAT32, 2, {1, 8}, 0.0f, 0};
static const expected_tensor sums = {NULL, AIR_DTYPE_FLOAT32, 2, {1, 4}, 0.0f, 0};

static void test_model(void **state) {
  air_runner *runner = connect_to("null:");
  const air_model_info *info = info_of(first_session(runner));
  assert_true(info->struct_size >= sizeof(air_model_info));
  assert_string_equal(info->name, "network");
  assert_int_equal(info->capabilities & (AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN |
                                         AIR_CAP_CANCEL_RUN | AIR_CAP_RESET_STATES),
                   AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_CANCEL_RUN);
  assert_int_equal(info->n_nodes, N_NODES);
  assert_int_equal(info->native_batch, 1);
  assert_int_equal(info->states_bytes, 0);
  assert_int_equal(info->n_inputs, 2);
  assert_int_equal(info->n_outputs, 2);
  check_tensor(info->inputs[0], &input_1, "I.0");
  check_tensor(info->inputs[1], &input_2, "I.1");
  check_tensor(info->outputs[0], &output_1, "O.0");
  check_tensor(info->outputs[1], &output_2, "O.1");
  assert_non_null(info->model_datetime);
  assert_non_null(info->compile_datetime);
  assert_non_null(info->hash);
  assert_non_null(info->flags);
  air_disconnect(runner);
}

static void test_runtime_and_device(void **state) {
  air_runner *runner = connect_to("null:");
  const air_model_info *info = info_of(first_session(runner));
  const air_runtime_info *runtime = info->runtime;
  assert_non_null(runtime);
  assert_true(strlen(runtime->name) > 0);
  assert_non_null(runtime->description);
  assert_non_null(runtime->compiler);
  assert_non_null(runtime->protocol);
  const air_device_info *device = info->device;
  assert_non_null(device);
  assert_true(strlen(device->description) > 0);
  assert_non_null(device->dev_type);
  assert_non_null(device->dev_id);
  assert_non_null(device->system);
  assert_non_null(device->machine);
  for (uint32_t i = 0; i < device->n_attributes; ++i) assert_non_null(device->attributes[i]);
  for (uint32_t i = 0; i < device->n_extras; ++i) assert_non_null(device->extras[i]);
  air_disconnect(runner);
}

static void test_info_is_the_same_each_time(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  assert_ptr_equal(info_of(session), info_of(session));
  air_disconnect(runner);
}

static void test_nodes(void **state) {
  static const char *const names[] = {"scale", "quantize", "add_bias", "split"};
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  null_io io;
  null_io_init(&io, 1);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER;
  CHECK_OK(air_invoke(session, 1, io.inputs, 2, io.outputs, 2, &options));
  const air_profile *profile = profile_of(session);
  assert_int_equal(profile->n_nodes, N_NODES);
  for (uint32_t i = 0; i < N_NODES; ++i) {
    const air_node_info *node = profile->nodes[i]->info;
    assert_true(node->struct_size >= sizeof(air_node_info));
    assert_int_equal(node->index, i);
    assert_string_equal(node->name, names[i]);
    assert_non_null(node->description);
    assert_int_equal(node->n_outputs, i == 3 ? 2 : 1);
  }
  check_tensor(profile->nodes[0]->info->outputs[0], &scaled, "N.0.0");
  check_tensor(profile->nodes[1]->info->outputs[0], &quantized, "N.1.0");
  check_tensor(profile->nodes[2]->info->outputs[0], &biased, "N.2.0");
  check_tensor(profile->nodes[3]->info->outputs[0], &sums, "N.3.0");
  check_tensor(profile->nodes[3]->info->outputs[1], &quantized, "N.3.1");
  air_disconnect(runner);
}

static void test_info_wrong_use(void **state) {
  air_runner *runner = connect_to("null:");
  const air_model_info *const marker = (const air_model_info *)(uintptr_t)0x10;
  const air_model_info *info = marker;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_info(NULL, &info));
  assert_ptr_equal(info, marker);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_info(first_session(runner), NULL));
  air_disconnect(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_model),
      cmocka_unit_test(test_runtime_and_device),
      cmocka_unit_test(test_info_is_the_same_each_time),
      cmocka_unit_test(test_nodes),
      cmocka_unit_test(test_info_wrong_use),
  };
  return cmocka_run_group_tests_name("info", tests, NULL, NULL);
}
