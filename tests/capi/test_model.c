// SPDX-License-Identifier: BSD-3-Clause
// The description of the null model, item by item, with its nodes, columns and properties; and how long it lives.
#include <string.h>

#include "capi.h"

typedef struct expected_tensor {
  const char *name;  // NULL: any
  air_dtype dtype;
  uint32_t rank;
  int64_t shape[3];
  float scale;  // 0: not quantized
  int32_t zero_point;
} expected_tensor;

static void check_tensor(const air_tensor *got, const expected_tensor *want, const char *tag) {
  assert_non_null(got);
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
  assert_int_equal(got->size_bytes * 8, n * air_dtype_bits(want->dtype));
  const air_quantization *quantization = got->quantization;
  if (want->scale == 0.0f) {
    assert_int_equal(got->encoding, AIR_ENCODING_PLAIN);
    assert_null(quantization);
  } else {
    assert_int_equal(got->encoding, AIR_ENCODING_QUANTIZED);
    assert_non_null(quantization);
    assert_int_equal(quantization->known, 1);
    assert_int_equal(quantization->axis, -1);
    assert_int_equal(quantization->block, 1);
    assert_int_equal(quantization->n, 1);
    assert_true(quantization->scales[0] == want->scale);
    assert_int_equal(quantization->zero_points[0], want->zero_point);
  }
}

static const expected_tensor input_1 = {"input_1", AIR_DTYPE_FLOAT32, 3, {4, 4, 2}, 0.0f, 0};
static const expected_tensor input_2 = {"input_2", AIR_DTYPE_INT8, 1, {8}, 0.5f, -3};
static const expected_tensor output_1 = {"output_1", AIR_DTYPE_INT8, 3, {4, 4, 2}, 0.25f, 4};
static const expected_tensor output_2 = {"output_2", AIR_DTYPE_FLOAT32, 1, {4}, 0.0f, 0};
static const expected_tensor scaled = {NULL, AIR_DTYPE_FLOAT32, 3, {4, 4, 2}, 0.0f, 0};
static const expected_tensor quantized = {NULL, AIR_DTYPE_INT8, 3, {4, 4, 2}, 0.25f, 4};
static const expected_tensor biased = {NULL, AIR_DTYPE_FLOAT32, 1, {8}, 0.0f, 0};
static const expected_tensor sums = {NULL, AIR_DTYPE_FLOAT32, 1, {4}, 0.0f, 0};
static const expected_tensor weights = {NULL, AIR_DTYPE_UINT8, 3, {1, 1, 4}, 0.0f, 0};

static void check_model(const air_model *model) {
  assert_string_equal(model->name, "network");
  assert_string_equal(model->descriptor, "null:");
  assert_string_equal(model->backend, "null");
  assert_int_equal(model->capabilities & (AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN |
                                          AIR_CAP_CANCEL_RUN | AIR_CAP_RESET_STATES),
                   AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_CANCEL_RUN);
  assert_int_equal(model->native_batch, 1);
  assert_int_equal(model->macc, N_IN1 + N_IN2);
  assert_int_equal(model->weights_bytes, 4);
  assert_true(model->activations_bytes > 0);
  assert_int_equal(model->states_bytes, 0);
  assert_int_equal(model->n_nodes_told, N_NODES);
  assert_int_equal(model->n_inputs, 2);
  assert_int_equal(model->n_outputs, 2);
  check_tensor(model->inputs[0], &input_1, "I.0");
  check_tensor(model->inputs[1], &input_2, "I.1");
  check_tensor(model->outputs[0], &output_1, "O.0");
  check_tensor(model->outputs[1], &output_2, "O.1");
  assert_int_equal(model->n_weights_pools, 1);
  check_tensor(model->weights_pools[0], &weights, "W.0");
  assert_int_equal(model->n_activations_pools, 1);
  assert_int_equal(model->activations_pools[0]->size_bytes, model->activations_bytes);
}

static void check_nodes(const air_model *model) {
  static const char *const names[] = {"scale", "quantize", "add_bias", "split"};
  static const char *const operations[] = {"Scale (0x0)", "Quantize (0x1)", "AddBias (0x2)", "Split (0x3)"};
  assert_int_equal(model->n_nodes, N_NODES);
  for (uint32_t i = 0; i < N_NODES; ++i) {
    const air_node *node = model->nodes[i];
    assert_string_equal(node->name, names[i]);
    assert_string_equal(node->operation, operations[i]);
    assert_int_equal(node->operation_code, i);
    assert_int_equal(node->layer, i);
    assert_non_null(node->processor);
    assert_int_equal(node->n_inputs, i == 3 ? 2 : 1);
    assert_int_equal(node->n_outputs, i == 3 ? 2 : 1);
  }
  check_tensor(model->nodes[0]->inputs[0], &input_1, "I.0");
  check_tensor(model->nodes[0]->outputs[0], &scaled, "N.0.0");
  check_tensor(model->nodes[1]->outputs[0], &quantized, "N.1.0");
  check_tensor(model->nodes[2]->outputs[0], &biased, "N.2.0");
  check_tensor(model->nodes[3]->outputs[0], &sums, "N.3.0");
  check_tensor(model->nodes[3]->outputs[1], &quantized, "N.3.1");
}

static void check_property(const air_model *model, const char *key, const char *want) {
  const char *got = air_get_property(model, key);
  if (!got || strcmp(got, want) != 0) fail_msg("%s: %s", key, got ? got : "not known");
}

static void check_properties(const air_model *model) {
  check_property(model, "runtime", "null");
  check_property(model, "runtime.version", "0.1.0");
  check_property(model, "runtime.protocol", "built in");
  check_property(model, "device", "no device");
  check_property(model, "device.type", "HOST");
  check_property(model, "st.format.I.0", "8523840");
  check_property(model, "st.format.I.1", "8651840");
  check_property(model, "host", air_get_host());
  // What is not known is not there, rather than there and empty.
  static const char *const unknown[] = {"hash",       "model_datetime", "compile_datetime", "flags",
                                        "install_ms", "init_ms",        "device.sys_clock", "device.machine",
                                        "file",       "tools.version",  "no such key!",     ""};
  for (size_t i = 0; i < ARRAY_SIZE(unknown); ++i) {
    if (air_get_property(model, unknown[i])) fail_msg("%s is known", unknown[i]);
  }
  assert_null(air_get_property(model, NULL));
  for (uint32_t i = 0; i < model->n_properties; ++i) {
    check_property(model, model->properties[i].key, model->properties[i].value);
    assert_true(strlen(model->properties[i].value) > 0);
    if (i > 0) assert_true(strcmp(model->properties[i - 1].key, model->properties[i].key) < 0);
  }
}

static void check_columns(const air_model *model) {
  static const struct {
    const char *name, *unit;
    air_kind kind;
    uint32_t per_node;
  } known[] = {{"time.device", "ms", AIR_KIND_DURATION, 1}, {"time.run", "ms", AIR_KIND_DURATION, 0}};
  for (size_t i = 0; i < ARRAY_SIZE(known); ++i) {
    const uint32_t index = air_find_column(model, known[i].name);
    if (index >= model->n_columns) fail_msg("no column %s", known[i].name);
    const air_column *column = model->columns[index];
    assert_string_equal(column->name, known[i].name);
    assert_string_equal(column->unit, known[i].unit);
    assert_int_equal(column->kind, known[i].kind);
    assert_int_equal(column->per_node, known[i].per_node);
    assert_true(strlen(column->text) > 0);
  }
  for (uint32_t i = 0; i < model->n_columns; ++i) assert_int_equal(air_find_column(model, model->columns[i]->name), i);
  assert_int_equal(air_find_column(model, "time"), UINT32_MAX);
  assert_int_equal(air_find_column(model, ""), UINT32_MAX);
  assert_int_equal(air_find_column(model, NULL), UINT32_MAX);
}

static void test_model(void **state) {
  air_runner *runner = connect_to("null:");
  const air_model *model = model_of(first_session(runner));
  check_model(model);
  check_properties(model);
  check_columns(model);
  assert_ptr_equal(air_get_model(first_session(runner)), model);
  air_disconnect(runner);
}

static void test_model_of_a_result(void **state) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  const air_result *result = null_invoke(first_session(runner), &io, &options, NULL);
  air_disconnect(runner);
  const air_model *model = air_get_result_model(result);
  check_model(model);
  check_nodes(model);
  check_properties(model);
  check_columns(model);
  air_release_result(result);
}

// Of a model that a runtime tells more of later the earlier description stays as it is: it may be in use.
static void test_model_given_out_never_changes(void **state) {
  air_runner *runner = connect_to("null:");
  air_session *session = first_session(runner);
  const air_model *before = air_retain_model(model_of(session));
  const uint32_t n_nodes = before->n_nodes, n_columns = before->n_columns, n_properties = before->n_properties;
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER};
  air_release_result(null_invoke(session, &io, &options, NULL));
  assert_int_equal(before->n_nodes, n_nodes);
  assert_int_equal(before->n_columns, n_columns);
  assert_int_equal(before->n_properties, n_properties);
  check_nodes(model_of(session));
  air_disconnect(runner);
  check_model(before);
  check_properties(before);
  air_release_model(before);
}

static void test_models_of_several_sessions(void **state) {
  air_runner *runner = connect_to("null:?models=2&stateful=1");
  air_session *second = NULL;
  CHECK_OK(air_get_session_at(runner, 1, &second));
  assert_string_equal(model_of(second)->name, "network_2");
  assert_int_equal(model_of(second)->states_bytes, N_OUT2 * sizeof(float));
  assert_true(model_of(second)->capabilities & AIR_CAP_RESET_STATES);
  assert_string_equal(model_of(second)->descriptor, model_of(first_session(runner))->descriptor);
  air_disconnect(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_model),
      cmocka_unit_test(test_model_of_a_result),
      cmocka_unit_test(test_model_given_out_never_changes),
      cmocka_unit_test(test_models_of_several_sessions),
  };
  return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
