// SPDX-License-Identifier: BSD-3-Clause
// Arrays of other programs as results: which array is which tensor, what their types mean, and what is refused by name.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "airunner_report.h"
#include "capi.h"

enum { N = 3 };

static air_runner *runner;
static null_io io;
static const air_result *deployed;  // of null:, on these inputs

static const int64_t kIn1[] = {N, 4, 4, 2}, kIn2[] = {N, 8}, kOut1[] = {N, 4, 4, 2}, kOut2[] = {N, 4};
static float real_in2[N][N_IN2];     // what the stored values of input_2 stand for
static double real_out1[N][N_OUT1];  // and those of output_1

#define ARRAY(name, data, shape, dtype)                          \
  {                                                              \
    name, {                                                      \
      data, sizeof(data[0]) * N, shape, ARRAY_SIZE(shape), dtype \
    }                                                            \
  }

static int setup(void **state) {
  runner = connect_to("null:");
  null_io_init(&io, N);
  const air_invoke_options options = {.struct_size = sizeof options,
                                      .mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS};
  deployed = null_invoke_kept(first_session(runner), &io, &options, NULL);
  const air_model *model = air_get_result_model(deployed);
  CHECK_OK(air_dequantize(model->inputs[1], N, io.in2, &real_in2[0][0]));
  CHECK_OK(air_dequantize_double(model->outputs[0], N,
                                 tensor_of(deployed, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).data, &real_out1[0][0]));
  const air_view out2 = tensor_of(deployed, AIR_PLACE_OUTPUT, 0, 1, AIR_ALL_SAMPLES);
  memcpy(io.out2, out2.data, out2.size_bytes);
  return 0;
}

static int teardown(void **state) {
  air_release_result(deployed);
  return air_disconnect(runner) == AIR_OK ? 0 : -1;
}

static air_status made(const air_array *arrays, uint32_t n, const air_result *inputs, const air_result **out) {
  return air_make_golden(air_get_result_model(deployed), arrays, n, inputs, "golden.npz", out);
}

/** The arrays agree with what the deployment computed. */
static const air_result *check_agrees(const air_array *arrays, uint32_t n, const air_result *inputs) {
  const air_result *golden = NULL;
  const air_comparison *comparison = NULL;
  CHECK_OK(made(arrays, n, inputs, &golden));
  CHECK_OK(air_compare(golden, deployed, NULL, &comparison));
  assert_int_equal(comparison->passed, 1);
  for (uint32_t i = 0; i < comparison->n_outputs; ++i) {
    assert_true(comparison->outputs[i]->metrics[AIR_METRIC_MAX_ERROR] == 0);
    assert_string_equal(comparison->outputs[i]->reference->name, comparison->outputs[i]->other->name);
  }
  air_release_comparison(comparison);
  return golden;
}

static const char *told(const air_result *golden, const char *key) {
  return air_get_property(air_get_result_model(golden), key);
}

static void test_by_name(void **state) {
  const air_array arrays[] = {
      ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32), ARRAY("output_1", real_out1, kOut1, AIR_DTYPE_FLOAT64),
      ARRAY("input_2", real_in2, kIn2, AIR_DTYPE_FLOAT32), ARRAY("input_1", io.in1, kIn1, AIR_DTYPE_FLOAT32)};
  const air_result *golden = check_agrees(arrays, 4, NULL);
  const air_model *model = air_get_result_model(golden);
  assert_string_equal(model->name, "network");
  assert_string_equal(model->descriptor, "");
  assert_string_equal(model->backend, "arrays");
  assert_int_equal(model->n_nodes, 0);
  assert_true(model->macc == UINT64_MAX);
  assert_int_equal(model->outputs[0]->dtype, AIR_DTYPE_FLOAT64);
  assert_int_equal(model->outputs[0]->encoding, AIR_ENCODING_PLAIN);
  assert_string_equal(told(golden, "file"), "golden.npz");
  assert_null(told(golden, "arrays.unused"));
  assert_string_equal(told(golden, "arrays"),
                      "output output_1 is output_1 float64 (3, 4, 4, 2)\noutput output_2 is output_2 float32 (3, 4)\n"
                      "input input_1 is input_1 float32 (3, 4, 4, 2)\ninput input_2 is input_2 float32 (3, 8)");
  assert_int_equal(profile_of(golden)->n_samples, N);
  assert_int_equal(profile_of(golden)->n_runs, 0);
  air_release_result(golden);
}

static void test_everything_is_copied(void **state) {
  float *copy = malloc(sizeof(float) * N * N_OUT2);
  memcpy(copy, io.out2, sizeof(float) * N * N_OUT2);
  const air_array arrays[] = {{"output_2", {copy, sizeof(float) * N * N_OUT2, kOut2, 2, AIR_DTYPE_FLOAT32}},
                              ARRAY("output_1", real_out1, kOut1, AIR_DTYPE_FLOAT64)};
  const air_result *golden = NULL;
  CHECK_OK(made(arrays, 2, deployed, &golden));
  memset(copy, 0, sizeof(float) * N * N_OUT2);
  free(copy);
  const air_view kept = tensor_of(golden, AIR_PLACE_OUTPUT, 0, 1, AIR_ALL_SAMPLES);
  assert_memory_equal(kept.data, io.out2, kept.size_bytes);
  air_release_result(golden);
}

/** What exporters and frameworks make of names, and positions in their place. */
static void test_names_that_are_read_alike(void **state) {
  const char *const names[][2] = {{"output_1:0", "output_2:0"},
                                  {"/model/output_1", "/model/output_2"},
                                  {"output-1", "output.2"},
                                  {"output_0", "output_1"},
                                  {"Y1", "Y2"},
                                  {"m_outputs_1", "m_outputs_2"},
                                  {"serving_default_output_1:0", "serving_default_output_2:0"}};
  for (size_t i = 0; i < ARRAY_SIZE(names); ++i) {
    const air_array arrays[] = {ARRAY(names[i][1], io.out2, kOut2, AIR_DTYPE_FLOAT32),
                                ARRAY(names[i][0], real_out1, kOut1, AIR_DTYPE_FLOAT64)};
    air_release_result(check_agrees(arrays, 2, deployed));
  }
}

static void test_in_order(void **state) {
  air_array arrays[] = {
      ARRAY("arr_0", io.in1, kIn1, AIR_DTYPE_FLOAT32), ARRAY("arr_1", real_in2, kIn2, AIR_DTYPE_FLOAT32),
      ARRAY("arr_2", real_out1, kOut1, AIR_DTYPE_FLOAT64), ARRAY("arr_3", io.out2, kOut2, AIR_DTYPE_FLOAT32)};
  air_release_result(check_agrees(arrays, 4, NULL));
  for (uint32_t i = 0; i < 4; ++i) arrays[i].name = NULL;
  air_release_result(check_agrees(arrays, 4, NULL));
  air_release_result(check_agrees(arrays + 2, 2, deployed));
}

static void test_by_shape(void **state) {
  // Of the outputs alone no two have the same size.
  air_array arrays[] = {
      ARRAY("scores", io.out2, kOut2, AIR_DTYPE_FLOAT32), ARRAY("map", real_out1, kOut1, AIR_DTYPE_FLOAT64),
      ARRAY("image", io.in1, kIn1, AIR_DTYPE_FLOAT32), ARRAY("extra", real_in2, kIn2, AIR_DTYPE_FLOAT32)};
  const air_result *golden = check_agrees(arrays, 2, deployed);
  assert_string_equal(told(golden, "arrays"),
                      "output output_1 is map float64 (3, 4, 4, 2)\noutput output_2 is scores float32 (3, 4)");
  air_release_result(golden);
  // With inputs, image and map may each be input_1: only their names could tell.
  const air_result *none = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, made(arrays, 4, NULL, &none));
  CHECK_ERROR_TELLS(
      "golden.npz: map float64 (3, 4, 4, 2) and image float32 (3, 4, 4, 2) may each be input_1 float32 (n, 4, 4, 2)");
  CHECK_ERROR_TELLS(
      "inputs input_1 float32 (n, 4, 4, 2), input_2 int8 (n, 8) and outputs output_1 int8 (n, 4, 4, 2), output_2");
  CHECK_ERROR_TELLS("Call the arrays as the tensors, or input_0, ... and output_0, ...");
  arrays[2].name = "input_0";
  arrays[3].name = "input_1";
  air_release_result(check_agrees(arrays, 4, NULL));
  assert_null(none);
}

static void test_stored_values(void **state) {
  const air_view out1 = tensor_of(deployed, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES);
  const air_array arrays[] = {{"output_1", out1},
                              ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32),
                              ARRAY("input_1", io.in1, kIn1, AIR_DTYPE_FLOAT32),
                              ARRAY("input_2", io.in2, kIn2, AIR_DTYPE_INT8)};
  const air_result *golden = check_agrees(arrays, 4, NULL);
  const air_tensor *made_of = air_get_result_model(golden)->outputs[0];
  assert_int_equal(made_of->encoding, AIR_ENCODING_QUANTIZED);
  assert_true(made_of->quantization->scales[0] == 0.25F);
  air_release_result(golden);
}

/** Integers of another type may be either. */
static void test_integers_that_nobody_can_read(void **state) {
  static int32_t integers[N][N_OUT1];
  const air_array arrays[] = {ARRAY("output_1", integers, kOut1, AIR_DTYPE_INT32),
                              ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32)};
  const air_result *golden = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, made(arrays, 2, deployed, &golden));
  CHECK_ERROR_TELLS(
      "output_1 int32 (3, 4, 4, 2) for output_1 int8 (n, 4, 4, 2), which is quantized: give real values as floating "
      "point, or stored ones as int8");
}

static void test_channel_first_and_flat(void **state) {
  const int64_t first[] = {N, 2, 4, 4}, flat[] = {N, N_OUT1};
  static float turned_in[N][N_IN1];
  static double turned_out[N][N_OUT1];
  for (int s = 0; s < N; ++s) {
    for (int place = 0; place < 16; ++place) {
      for (int c = 0; c < 2; ++c) {
        turned_in[s][c * 16 + place] = io.in1[s][place * 2 + c];
        turned_out[s][c * 16 + place] = real_out1[s][place * 2 + c];
      }
    }
  }
  const air_array channel_first[] = {
      ARRAY("input_1", turned_in, first, AIR_DTYPE_FLOAT32), ARRAY("input_2", real_in2, kIn2, AIR_DTYPE_FLOAT32),
      ARRAY("output_1", turned_out, first, AIR_DTYPE_FLOAT64), ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32)};
  air_release_result(check_agrees(channel_first, 4, NULL));
  const air_array rows[] = {
      ARRAY("input_1", io.in1, flat, AIR_DTYPE_FLOAT32), ARRAY("input_2", real_in2, kIn2, AIR_DTYPE_FLOAT32),
      ARRAY("output_1", real_out1, flat, AIR_DTYPE_FLOAT64), ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32)};
  air_release_result(check_agrees(rows, 4, NULL));
}

static void test_nodes(void **state) {
  const air_model *model = air_get_result_model(deployed);
  const air_view node = tensor_of(deployed, AIR_PLACE_NODE, 2, 0, AIR_ALL_SAMPLES);
  char name[80];
  snprintf(name, sizeof name, "scope/%s:0", model->nodes[2]->outputs[0]->name);
  static const int64_t labels[] = {N};
  static const int64_t classes[N];
  const air_array arrays[] = {ARRAY("output_1", real_out1, kOut1, AIR_DTYPE_FLOAT64),
                              ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32),
                              {name, node},
                              {"labels", {classes, sizeof classes, labels, 1, AIR_DTYPE_INT64}}};
  const air_result *golden = check_agrees(arrays, 4, deployed);
  const air_model *of_arrays = air_get_result_model(golden);
  assert_int_equal(of_arrays->n_nodes, 1);
  assert_string_equal(of_arrays->nodes[0]->name, model->nodes[2]->name);
  assert_string_equal(of_arrays->nodes[0]->operation, model->nodes[2]->operation);
  assert_string_equal(told(golden, "arrays.unused"), "labels int64 (3,)");
  const air_view kept = tensor_of(golden, AIR_PLACE_NODE, 0, 0, AIR_ALL_SAMPLES);
  assert_memory_equal(kept.data, node.data, node.size_bytes);
  const air_comparison *comparison = NULL;
  CHECK_OK(air_compare(golden, deployed, NULL, &comparison));
  assert_int_equal(comparison->n_matched, 1);
  for (uint32_t i = 0; i < comparison->n_nodes; ++i) {
    const air_node_pair *pair = comparison->nodes[i];
    if (pair->reference == NULL) continue;
    assert_string_equal(pair->other->name, model->nodes[2]->name);
    assert_int_equal(pair->verdict, AIR_VERDICT_EQUAL);
  }
  air_release_comparison(comparison);
  air_release_result(golden);
}

static void test_inputs_of_another_result(void **state) {
  const air_array arrays[] = {ARRAY("output_1", real_out1, kOut1, AIR_DTYPE_FLOAT64),
                              ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32)};
  const air_result *golden = NULL;
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, made(arrays, 2, NULL, &golden));
  CHECK_ERROR_TELLS(
      "golden.npz: holds no inputs: output_1 float64 (3, 4, 4, 2), output_2 float32 (3, 4), and the model has inputs "
      "input_1 float32 (n, 4, 4, 2)");
  golden = check_agrees(arrays, 2, deployed);
  const air_view kept = tensor_of(golden, AIR_PLACE_INPUT, 0, 1, AIR_ALL_SAMPLES);
  assert_memory_equal(kept.data, io.in2, kept.size_bytes);
  air_release_result(golden);
}

static void test_samples_that_do_not_agree(void **state) {
  const int64_t two[] = {2, 4}, none[] = {0, 4};
  air_array arrays[] = {ARRAY("output_1", real_out1, kOut1, AIR_DTYPE_FLOAT64),
                        {"output_2", {io.out2, sizeof io.out2[0] * 2, two, 2, AIR_DTYPE_FLOAT32}}};
  const air_result *golden = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, made(arrays, 2, deployed, &golden));
  CHECK_ERROR_TELLS("output_2 float32 (2, 4) are 2 samples, and output_1 float64 (3, 4, 4, 2) 3");
  arrays[1].values.shape = none;
  arrays[1].values.size_bytes = 0;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, made(arrays, 2, deployed, &golden));
  CHECK_ERROR_TELLS("holds no samples");
}

static void test_shapes_that_do_not_fit(void **state) {
  const int64_t labels[] = {N};
  static const int64_t classes[N];
  const air_array arrays[] = {{"output_1", {classes, sizeof classes, labels, 1, AIR_DTYPE_INT64}},
                              ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32)};
  const air_result *golden = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, made(arrays, 2, deployed, &golden));
  CHECK_ERROR_TELLS("golden.npz: array output_1 int64 (3,) cannot be output_1 int8 (n, 4, 4, 2)");
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, made(arrays + 1, 1, deployed, &golden));
  CHECK_ERROR_TELLS("cannot be told which array is which tensor: it holds output_2 float32 (3, 4), and the model has");
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, made(NULL, 0, deployed, &golden));
  CHECK_ERROR_TELLS("it holds no arrays");
}

static void test_what_is_no_array(void **state) {
  const int64_t negative[] = {-3, 4}, huge[] = {INT64_MAX, INT64_MAX};
  const air_array good = ARRAY("output_2", io.out2, kOut2, AIR_DTYPE_FLOAT32);
  const air_result *golden = NULL;
  air_array bad = good;
  bad.values.size_bytes -= 1;
  CHECK_REFUSED(made(&bad, 1, deployed, &golden));
  CHECK_ERROR_TELLS("output_2: 47 bytes, expected those of float32 (3, 4)");
  for (int i = 0; i < 2; ++i) {
    bad = good;
    bad.values.shape = i == 0 ? negative : huge;
    CHECK_REFUSED(made(&bad, 1, deployed, &golden));
  }
  bad = good;
  bad.values.shape = NULL;
  CHECK_REFUSED(made(&bad, 1, deployed, &golden));
  bad = good;
  bad.values.rank = 1000;
  CHECK_REFUSED(made(&bad, 1, deployed, &golden));
  bad = good;
  bad.values.data = NULL;
  CHECK_REFUSED(made(&bad, 1, deployed, &golden));
  for (uint32_t dtype = 0; dtype < 100; ++dtype) {
    bad = good;
    bad.values.dtype = (air_dtype)dtype;
    if (air_dtype_bits(bad.values.dtype) == 32 && dtype <= AIR_DTYPE_BOOL) continue;
    CHECK_REFUSED(made(&bad, 1, deployed, &golden));
  }
  CHECK_REFUSED(made(NULL, 1, deployed, &golden));
  CHECK_REFUSED(air_make_golden(NULL, &good, 1, deployed, NULL, &golden));
  CHECK_REFUSED(air_make_golden(air_get_result_model(deployed), &good, 1, deployed, NULL, NULL));
  assert_null(golden);
}

/** A model with one input of whole numbers, as token ids are. */
static const air_model *model_of_tokens(void) {
  static const int64_t in[] = {4}, out[] = {2};
  static const air_tensor input = {.name = "ids", .dtype = AIR_DTYPE_INT32, .rank = 1, .shape = in};
  static const air_tensor output = {.name = "logits", .dtype = AIR_DTYPE_FLOAT32, .rank = 1, .shape = out};
  static const air_tensor *const inputs[] = {&input}, *const outputs[] = {&output};
  const air_model description = {.name = "tokens", .n_inputs = 1, .inputs = inputs, .n_outputs = 1, .outputs = outputs};
  const air_model *model = NULL;
  CHECK_OK(air_make_model(&description, &model));
  return model;
}

static void test_whole_numbers(void **state) {
  const air_model *model = model_of_tokens();
  const int64_t in[] = {1, 4}, out[] = {2};
  double ids[] = {0, -5, 30521, 2147483647};
  const float logits[] = {1, 2};
  const air_array arrays[] = {{"ids", {ids, sizeof ids, in, 2, AIR_DTYPE_FLOAT64}},
                              {"logits", {logits, sizeof logits, out, 1, AIR_DTYPE_FLOAT32}}};  // one sample
  const air_result *golden = NULL;
  CHECK_OK(air_make_golden(model, arrays, 2, NULL, NULL, &golden));
  const int32_t expected[] = {0, -5, 30521, 2147483647};
  const air_view kept = tensor_of(golden, AIR_PLACE_INPUT, 0, 0, AIR_ALL_SAMPLES);
  assert_int_equal(kept.dtype, AIR_DTYPE_INT32);
  assert_memory_equal(kept.data, expected, sizeof expected);
  assert_int_equal(profile_of(golden)->n_samples, 1);
  assert_null(told(golden, "file"));
  air_release_result(golden);
  golden = NULL;
  ids[3] = 2147483648.0;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_make_golden(model, arrays, 2, NULL, NULL, &golden));
  CHECK_ERROR_TELLS("ids float64 (1, 4): value 3 is 2147483648, and none of ids, which stores int32");
  ids[3] = 0.5;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_make_golden(model, arrays, 2, NULL, NULL, &golden));
  air_release_model(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_by_name),
      cmocka_unit_test(test_everything_is_copied),
      cmocka_unit_test(test_names_that_are_read_alike),
      cmocka_unit_test(test_in_order),
      cmocka_unit_test(test_by_shape),
      cmocka_unit_test(test_stored_values),
      cmocka_unit_test(test_integers_that_nobody_can_read),
      cmocka_unit_test(test_channel_first_and_flat),
      cmocka_unit_test(test_nodes),
      cmocka_unit_test(test_inputs_of_another_result),
      cmocka_unit_test(test_samples_that_do_not_agree),
      cmocka_unit_test(test_shapes_that_do_not_fit),
      cmocka_unit_test(test_what_is_no_array),
      cmocka_unit_test(test_whole_numbers),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
