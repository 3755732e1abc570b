// SPDX-License-Identifier: BSD-3-Clause
// Tensors of results as DLPack 1.0 has them. The structs are written down here from its specification (dmlc/dlpack, v1.0).
#include <string.h>

#include "capi.h"

typedef struct {
  uint32_t major, minor;
} DLPackVersion;

typedef struct {
  int32_t device_type;  // 1: kDLCPU
  int32_t device_id;
} DLDevice;

typedef struct {
  uint8_t code;  // 0: kDLInt, 1: kDLUInt, 2: kDLFloat, 4: kDLBfloat, 6: kDLBool
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} DLTensor;

typedef struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(struct DLManagedTensorVersioned *self);
  uint64_t flags;  // 1: DLPACK_FLAG_BITMASK_READ_ONLY
  DLTensor dl_tensor;
} DLManagedTensorVersioned;

static const air_result *run(null_io *io, air_runner **out_runner) {
  *out_runner = connect_to("null:");
  null_io_init(io, 3);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA};
  return null_invoke_kept(first_session(*out_runner), io, &options, NULL);
}

static void check_common(const DLManagedTensorVersioned *tensor, uint8_t code, uint8_t bits) {
  assert_int_equal(tensor->version.major, 1);
  assert_int_equal(tensor->flags, 1);  // read-only, and not copied
  assert_non_null(tensor->deleter);
  assert_int_equal(tensor->dl_tensor.device.device_type, 1);
  assert_int_equal(tensor->dl_tensor.device.device_id, 0);
  assert_int_equal(tensor->dl_tensor.dtype.code, code);
  assert_int_equal(tensor->dl_tensor.dtype.bits, bits);
  assert_int_equal(tensor->dl_tensor.dtype.lanes, 1);
}

static void check_shape(const DLTensor *tensor, int32_t ndim, const int64_t *shape) {
  assert_int_equal(tensor->ndim, ndim);
  assert_memory_equal(tensor->shape, shape, (size_t)ndim * sizeof *shape);
  int64_t stride = 1;
  for (int32_t i = ndim; tensor->strides && i-- > 0; stride *= shape[i]) assert_int_equal(tensor->strides[i], stride);
}

// The tensor holds the result: it is read after everything else has gone, without a copy.
static void test_it_holds_the_result(void **state) {
  null_io io;
  air_runner *runner = NULL;
  const air_result *result = run(&io, &runner);
  const void *const memory = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).data;
  DLManagedTensorVersioned *first = NULL, *second = NULL, *node = NULL;
  CHECK_OK(air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 0, &first));
  CHECK_OK(air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 1, &second));
  CHECK_OK(air_get_dlpack(result, AIR_PLACE_NODE, 2, 0, &node));
  air_release_result(result);
  CHECK_OK(air_disconnect(runner));

  check_common(first, 0, 8);
  check_shape(&first->dl_tensor, 4, (const int64_t[]){3, 4, 4, 2});
  assert_ptr_equal((const char *)first->dl_tensor.data + first->dl_tensor.byte_offset, memory);
  check_common(second, 2, 32);
  check_shape(&second->dl_tensor, 2, (const int64_t[]){3, 4});
  null_check_outputs(&io, (const char *)first->dl_tensor.data + first->dl_tensor.byte_offset,
                     (const char *)second->dl_tensor.data + second->dl_tensor.byte_offset, 3);
  check_common(node, 2, 32);
  float biased[N_IN2];
  null_node_2(&io, 2, biased);
  assert_memory_equal((const char *)node->dl_tensor.data + node->dl_tensor.byte_offset + 2 * sizeof biased, biased,
                      sizeof biased);
  first->deleter(first);
  node->deleter(node);
  second->deleter(second);
}

// As long as one tensor is held, the memory of its result serves no other.
static void test_memory_is_not_used_again(void **state) {
  null_io io, other;
  air_runner *runner = NULL;
  const air_result *result = run(&io, &runner);
  DLManagedTensorVersioned *tensor = NULL, *second = NULL;
  CHECK_OK(air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 0, &tensor));
  CHECK_OK(air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 1, &second));
  air_release_result(result);
  null_io_init(&other, 3);
  memset(other.in1, 0, sizeof other.in1);
  memset(other.in2, 0, sizeof other.in2);
  for (int i = 0; i < 5; ++i) air_release_result(null_invoke_kept(first_session(runner), &other, NULL, NULL));
  null_check_outputs(&io, (const char *)tensor->dl_tensor.data + tensor->dl_tensor.byte_offset,
                     (const char *)second->dl_tensor.data + second->dl_tensor.byte_offset, 3);
  tensor->deleter(tensor);
  second->deleter(second);
  CHECK_OK(air_disconnect(runner));
}

/** A result of one output of this type, two samples of three elements. */
static const air_result *result_of_type(air_dtype dtype) {
  static const unsigned char zeros[64];
  const int64_t shape[] = {3};
  const air_tensor output = {.name = "y", .dtype = dtype, .rank = 1, .shape = shape}, *const outputs[] = {&output};
  const air_model description = {.name = "typed", .n_outputs = 1, .outputs = outputs}, *model = NULL;
  CHECK_OK(air_make_model(&description, &model));
  const air_view view = {.data = zeros, .size_bytes = 2 * model->outputs[0]->size_bytes};
  const air_profile profile = {.n_samples = 2, .n_runs = 2};
  const air_result_parts parts = {.struct_size = sizeof parts, .model = model, .profile = &profile, .outputs = &view};
  const air_result *result = NULL;
  CHECK_OK(air_make_result(&parts, &result));
  air_release_model(model);
  return result;
}

static void test_types(void **state) {
  static const struct {
    air_dtype dtype;
    uint8_t code, bits;
  } types[] = {{AIR_DTYPE_FLOAT16, 2, 16}, {AIR_DTYPE_FLOAT32, 2, 32}, {AIR_DTYPE_FLOAT64, 2, 64},
               {AIR_DTYPE_INT8, 0, 8},     {AIR_DTYPE_INT16, 0, 16},   {AIR_DTYPE_INT32, 0, 32},
               {AIR_DTYPE_INT64, 0, 64},   {AIR_DTYPE_UINT8, 1, 8},    {AIR_DTYPE_UINT16, 1, 16},
               {AIR_DTYPE_UINT32, 1, 32},  {AIR_DTYPE_UINT64, 1, 64},  {AIR_DTYPE_BOOL, 6, 8},
               {AIR_DTYPE_BFLOAT16, 4, 16}};
  for (size_t i = 0; i < ARRAY_SIZE(types); ++i) {
    const air_result *result = result_of_type(types[i].dtype);
    DLManagedTensorVersioned *tensor = NULL;
    CHECK_OK(air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 0, &tensor));
    air_release_result(result);
    check_common(tensor, types[i].code, types[i].bits);
    check_shape(&tensor->dl_tensor, 2, (const int64_t[]){2, 3});
    tensor->deleter(tensor);
  }
}

// DLPack 1.0 knows no 8-bit floats, and elements that share a byte not in the way that they are stored here.
static void test_types_that_it_does_not_have(void **state) {
  static const air_dtype types[] = {AIR_DTYPE_INT4, AIR_DTYPE_UINT4, AIR_DTYPE_FLOAT8_E4M3, AIR_DTYPE_FLOAT8_E5M2};
  for (size_t i = 0; i < ARRAY_SIZE(types); ++i) {
    const air_result *result = result_of_type(types[i]);
    DLManagedTensorVersioned *tensor = NULL;
    CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 0, &tensor));
    CHECK_ERROR_TELLS(air_dtype_name(types[i]));
    assert_null(tensor);
    air_release_result(result);
  }
}

static void test_wrong_use(void **state) {
  null_io io;
  air_runner *runner = NULL;
  const air_result *result = run(&io, &runner);
  DLManagedTensorVersioned *const marker = (DLManagedTensorVersioned *)(uintptr_t)0x10;
  DLManagedTensorVersioned *tensor = marker;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_dlpack(NULL, AIR_PLACE_OUTPUT, 0, 0, &tensor));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 2, &tensor));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_dlpack(result, AIR_PLACE_NODE, N_NODES, 0, &tensor));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_dlpack(result, 7, 0, 0, &tensor));
  CHECK_FAILS(AIR_ERROR_NOT_FOUND, air_get_dlpack(result, AIR_PLACE_INPUT, 0, 0, &tensor));
  CHECK_ERROR_TELLS("KEEP_INPUTS");
  assert_ptr_equal(tensor, marker);
  air_release_result(result);
  CHECK_OK(air_disconnect(runner));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_it_holds_the_result),
      cmocka_unit_test(test_memory_is_not_used_again),
      cmocka_unit_test(test_types),
      cmocka_unit_test(test_types_that_it_does_not_have),
      cmocka_unit_test(test_wrong_use),
  };
  return cmocka_run_group_tests_name("dlpack", tests, NULL, NULL);
}
