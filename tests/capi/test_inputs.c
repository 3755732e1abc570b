// SPDX-License-Identifier: BSD-3-Clause
// Inputs and outputs that do not fit the model are refused before anything runs, and the runner stays usable.
#include <string.h>

#include "null_session.h"

static int check_and_tear_down(void **state) {
  null_io io;
  null_io_init(&io, 2);
  air_release_result(null_invoke(session, &io, NULL, NULL));
  null_io_check(&io, 2);
  return tear_down(state);
}

/** Two samples, nothing kept. */
static air_status invoke(const null_io *io) {
  return air_invoke(session, 2, io->inputs, 2, io->outputs, 2, NULL, NULL, NULL);
}

static void check_untouched(const null_io *io) {
  null_io_check(io, 0);
}

static void test_null_everywhere(void **state) {
  null_io io;
  null_io_init(&io, 2);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_invoke(NULL, 2, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  CHECK_REFUSED(air_invoke(session, 2, NULL, 2, io.outputs, 2, NULL, NULL, NULL));
  CHECK_REFUSED(air_invoke(session, 2, NULL, 0, io.outputs, 2, NULL, NULL, NULL));
  CHECK_REFUSED(air_invoke(session, 2, io.inputs, 2, NULL, 2, NULL, NULL, NULL));
  for (int i = 0; i < 2; ++i) {
    null_io_init(&io, 2);
    io.inputs[i].data = NULL;
    CHECK_REFUSED(invoke(&io));
    check_untouched(&io);
    null_io_init(&io, 2);
    io.outputs[i].data = NULL;
    CHECK_REFUSED(invoke(&io));
    check_untouched(&io);
  }
}

static void test_counts(void **state) {
  null_io io;
  null_io_init(&io, 2);
  air_input three[3] = {io.inputs[0], io.inputs[1], io.inputs[1]};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 1, io.outputs, 2, NULL, NULL, NULL));
  CHECK_ERROR_TELLS("1");
  CHECK_ERROR_TELLS("2");
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, three, 3, io.outputs, 2, NULL, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, 1, NULL, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, UINT32_MAX, io.outputs, 2, NULL, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, UINT32_MAX, NULL, NULL, NULL));
  check_untouched(&io);
}

static void check_size(uint64_t *size_bytes, const null_io *io, uint64_t size) {
  *size_bytes = size;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke(io));
  check_untouched(io);
}

static void test_sizes(void **state) {
  null_io io;
  for (int i = 0; i < 2; ++i) {
    null_io_init(&io, 2);
    const uint64_t right = io.inputs[i].size_bytes;
    check_size(&io.inputs[i].size_bytes, &io, right - 1);
    check_size(&io.inputs[i].size_bytes, &io, right + 1);
    check_size(&io.inputs[i].size_bytes, &io, 0);
    check_size(&io.inputs[i].size_bytes, &io, UINT64_MAX);
    null_io_init(&io, 2);
    check_size(&io.outputs[i].size_bytes, &io, io.outputs[i].size_bytes - 1);
    check_size(&io.outputs[i].size_bytes, &io, 0);
  }
  null_io_init(&io, 2);
  io.inputs[1].size_bytes = 15;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke(&io));
  CHECK_ERROR_TELLS("15");
  CHECK_ERROR_TELLS("16");
  CHECK_ERROR_TELLS("input #2");
}

static void test_outputs_may_be_larger(void **state) {
  null_io io;
  null_io_init(&io, 2);
  io.outputs[0].size_bytes = sizeof io.out1;
  io.outputs[1].size_bytes = sizeof io.out2;
  CHECK_OK(invoke(&io));
  null_io_check(&io, 2);
}

static void test_n_samples(void **state) {
  null_io io;
  null_io_init(&io, 2);
  CHECK_REFUSED(air_invoke(session, 0, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 1, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 3, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, UINT64_MAX, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
  // Products that come out as the right size when they are computed modulo 2^64.
  for (unsigned shift = 57; shift < 64; ++shift) {
    null_io_init(&io, 2);
    CHECK_FAILS(AIR_ERROR_INVALID_INPUT,
                air_invoke(session, (UINT64_C(1) << shift) + 2, io.inputs, 2, io.outputs, 2, NULL, NULL, NULL));
    CHECK_FAILS(AIR_ERROR_INVALID_INPUT,
                air_invoke(session, (UINT64_C(1) << shift) + 2, io.inputs, 2, NULL, 0, NULL, NULL, NULL));
  }
  check_untouched(&io);
}

static void test_memory_for_absurd_batches(void **state) {
  if (AIR_TEST_SANITIZED) return;  // sanitizers end the process when memory runs out
  null_io io;
  null_io_init(&io, 2);
  const uint64_t n = UINT64_C(1) << 50;
  io.inputs[0].size_bytes = n * sizeof io.in1[0];
  io.inputs[1].size_bytes = n * sizeof io.in2[0];
  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_NO_MEMORY, air_invoke(session, n, io.inputs, 2, NULL, 0, NULL, NULL, &result));
  assert_null(result);
}

static void test_dtypes(void **state) {
  null_io io;
  for (int i = 0; i < 2; ++i) {
    for (air_dtype dtype = AIR_DTYPE_FLOAT32; dtype <= AIR_DTYPE_FLOAT8_E5M2; ++dtype) {
      null_io_init(&io, 2);
      io.inputs[i].dtype = dtype;
      const air_status status = invoke(&io);
      if (dtype == (i == 0 ? AIR_DTYPE_FLOAT32 : AIR_DTYPE_INT8)) {
        CHECK_OK(status);
      } else {
        CHECK_FAILS(AIR_ERROR_INVALID_INPUT, status);
        check_untouched(&io);
      }
    }
    null_io_init(&io, 2);
    io.inputs[i].dtype = NO_DTYPE;
    CHECK_REFUSED(invoke(&io));
  }
  null_io_init(&io, 2);
  io.inputs[0].dtype = AIR_DTYPE_INT16;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke(&io));
  CHECK_ERROR_TELLS("int16");
  CHECK_ERROR_TELLS("float32");
}

typedef struct shape_case {
  int input;
  uint32_t rank;
  int64_t shape[6];
} shape_case;

static air_status invoke_with_shape(const shape_case *c, null_io *io) {
  null_io_init(io, 2);
  io->inputs[c->input].shape = c->shape;
  io->inputs[c->input].rank = c->rank;
  return invoke(io);
}

static void test_shapes_that_fit(void **state) {
  static const shape_case fit[] = {{0, 4, {2, 4, 4, 2}},    {0, 5, {2, 1, 4, 4, 2}}, {0, 6, {2, 4, 1, 4, 1, 2}},
                                   {0, 5, {2, 4, 4, 2, 1}}, {1, 2, {2, 8}},          {1, 3, {2, 1, 8}},
                                   {1, 4, {2, 8, 1, 1}}};
  for (size_t i = 0; i < ARRAY_SIZE(fit); ++i) {
    null_io io;
    CHECK_OK(invoke_with_shape(&fit[i], &io));
    null_io_check(&io, 2);
  }
}

static void test_shapes_that_do_not_fit(void **state) {
  static const shape_case wrong[] = {
      {0, 4, {3, 4, 4, 2}}, {0, 4, {1, 4, 4, 2}}, {0, 4, {2, 4, 2, 4}},      {0, 3, {4, 4, 2}},
      {0, 2, {2, 32}},      {0, 3, {2, 16, 2}},   {0, 4, {2, -4, -4, 2}},    {0, 4, {-2, -4, 4, 2}},
      {0, 4, {0, 4, 4, 2}}, {1, 1, {16}},         {1, 3, {2, 4, 2}},         {1, 2, {8, 2}},
      {1, 3, {1, 2, 8}},    {1, 3, {2, 0, 8}},    {1, 3, {2, INT64_MAX, 8}}, {1, 3, {2, INT64_MIN, 8}}};
  for (size_t i = 0; i < ARRAY_SIZE(wrong); ++i) {
    null_io io;
    const air_status status = invoke_with_shape(&wrong[i], &io);
    if (status == AIR_OK) fail_msg("shape %d was accepted", (int)i);
    CHECK_FAILS(AIR_ERROR_INVALID_INPUT, status);
    check_untouched(&io);
  }
  null_io io;
  const shape_case flat = {0, 2, {2, 32}};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, invoke_with_shape(&flat, &io));
  CHECK_ERROR_TELLS("32");
  CHECK_ERROR_TELLS("input #1");
}

static void test_absurd_rank(void **state) {
  static int64_t many[4096];
  for (size_t i = 0; i < ARRAY_SIZE(many); ++i) many[i] = 1;
  many[0] = 2;
  many[1000] = 8;
  null_io io;
  null_io_init(&io, 2);
  io.inputs[1].shape = many;
  io.inputs[1].rank = ARRAY_SIZE(many);
  CHECK_OK(invoke(&io));
  io.inputs[1].rank = 0;
  CHECK_REFUSED(invoke(&io));
}

static air_status invoke_with(const null_io *io, const air_invoke_options *options, const air_callbacks *callbacks) {
  return air_invoke(session, 2, io->inputs, 2, io->outputs, 2, options, callbacks, NULL);
}

static void test_unknown_bits(void **state) {
  null_io io;
  null_io_init(&io, 2);
  const uint32_t known_modes = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_FIXED_INPUT |
                               AIR_MODE_PERF_ONLY | AIR_MODE_EVENTS_ONLY | AIR_MODE_PARTIAL | AIR_MODE_KEEP_INPUTS |
                               AIR_MODE_UNTIMED | AIR_MODE_DEBUG;
  const uint32_t known_io = AIR_IO_QUANTIZE | AIR_IO_DEQUANTIZE;
  for (unsigned bit = 0; bit < 32; ++bit) {
    const uint32_t mask = UINT32_C(1) << bit;
    const air_invoke_options mode = {.struct_size = sizeof mode, .mode = mask};
    const air_invoke_options io_mode = {.struct_size = sizeof io_mode, .io_mode = mask};
    if (!(mask & known_modes)) CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, invoke_with(&io, &mode, NULL));
    if (!(mask & known_io)) CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, invoke_with(&io, &io_mode, NULL));
  }
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .reserved = 1};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, invoke_with(&io, NULL, &callbacks));
  check_untouched(&io);
}

static void test_nodes_to_keep(void **state) {
  null_io io;
  null_io_init(&io, 2);
  air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA, .n_keep_nodes = 1};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, invoke_with(&io, &options, NULL));
  const uint32_t beyond[] = {0, N_NODES};
  options.n_keep_nodes = 2;
  options.keep_nodes = beyond;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, invoke_with(&io, &options, NULL));
  CHECK_ERROR_TELLS("4");
  check_untouched(&io);
}

// Memory for inputs, by the library: as large as they are, zero, aligned, and ready for air_invoke().
static void test_input_sets(void **state) {
  air_input_set *set = NULL;
  CHECK_OK(air_make_inputs(session, 3, &set));
  assert_int_equal(set->n, 2);
  static const char zero[3 * N_IN1 * sizeof(float)];
  for (uint32_t i = 0; i < set->n; ++i) {
    const air_tensor *tensor = model_of(session)->inputs[i];
    assert_int_equal(set->inputs[i].size_bytes, 3 * tensor->size_bytes);
    assert_int_equal(set->inputs[i].dtype, tensor->dtype);
    assert_ptr_equal(set->inputs[i].data, set->data[i]);
    assert_int_equal((uintptr_t)set->data[i] % 64, 0);
    assert_memory_equal(set->data[i], zero, (size_t)set->inputs[i].size_bytes);
  }
  null_io io;
  null_io_init(&io, 3);
  memcpy(set->data[0], io.in1, 3 * sizeof io.in1[0]);
  memcpy(set->data[1], io.in2, 3 * sizeof io.in2[0]);
  const air_result *result = NULL;
  CHECK_OK(air_invoke(session, 3, set->inputs, set->n, NULL, 0, NULL, NULL, &result));
  air_free_inputs(set);
  null_check_result(&io, result, 3);
  air_release_result(result);
}

static void test_input_sets_wrong_use(void **state) {
  air_input_set *const marker = (air_input_set *)(uintptr_t)0x10;
  air_input_set *set = marker;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_inputs(NULL, 1, &set));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_inputs(session, 1, NULL));
  CHECK_REFUSED(air_make_inputs(session, 0, &set));
  CHECK_REFUSED(air_make_inputs(session, UINT64_MAX / 4, &set));
  if (!AIR_TEST_SANITIZED) CHECK_FAILS(AIR_ERROR_NO_MEMORY, air_make_inputs(session, UINT64_C(1) << 50, &set));
  assert_ptr_equal(set, marker);
}

// A refused call gives nothing out, not even with AIR_MODE_PARTIAL: nothing was run.
static void test_refused_invoke_gives_no_result(void **state) {
  const air_result *const marker = (const air_result *)(uintptr_t)0x10;
  const air_result *result = marker;
  null_io io;
  null_io_init(&io, 2);
  io.inputs[0].size_bytes = 1;
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PARTIAL};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, NULL, 0, &options, NULL, &result));
  assert_ptr_equal(result, marker);
}

#define GUARDED(test) cmocka_unit_test_setup_teardown(test, set_up, check_and_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      GUARDED(test_null_everywhere),
      GUARDED(test_counts),
      GUARDED(test_sizes),
      GUARDED(test_outputs_may_be_larger),
      GUARDED(test_n_samples),
      GUARDED(test_memory_for_absurd_batches),
      GUARDED(test_dtypes),
      GUARDED(test_shapes_that_fit),
      GUARDED(test_shapes_that_do_not_fit),
      GUARDED(test_absurd_rank),
      GUARDED(test_unknown_bits),
      GUARDED(test_nodes_to_keep),
      GUARDED(test_input_sets),
      GUARDED(test_input_sets_wrong_use),
      GUARDED(test_refused_invoke_gives_no_result),
  };
  return cmocka_run_group_tests_name("inputs", tests, NULL, NULL);
}
