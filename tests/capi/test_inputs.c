// SPDX-License-Identifier: BSD-3-Clause
// Inputs and outputs that do not fit the model are refused before anything runs, and the runner stays usable.
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
  null_io io;
  null_io_init(&io, 2);
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 2);
  air_disconnect(runner);
  return 0;
}

static void check_untouched(const null_io *io) {
  null_io_check(io, 0);
}

static void test_null_everywhere(void **state) {
  null_io io;
  null_io_init(&io, 2);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_invoke(NULL, 2, io.inputs, 2, io.outputs, 2, NULL));
  CHECK_REFUSED(air_invoke(session, 2, NULL, 2, io.outputs, 2, NULL));
  CHECK_REFUSED(air_invoke(session, 2, NULL, 0, io.outputs, 2, NULL));
  CHECK_REFUSED(air_invoke(session, 2, io.inputs, 2, NULL, 2, NULL));
  for (int i = 0; i < 2; ++i) {
    null_io_init(&io, 2);
    io.inputs[i].data = NULL;
    CHECK_REFUSED(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
    check_untouched(&io);
    null_io_init(&io, 2);
    io.outputs[i].data = NULL;
    CHECK_REFUSED(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
    check_untouched(&io);
  }
}

static void test_counts(void **state) {
  null_io io;
  null_io_init(&io, 2);
  air_buffer three[3] = {io.inputs[0], io.inputs[1], io.inputs[1]};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 1, io.outputs, 2, NULL));
  CHECK_ERROR_TELLS("1");
  CHECK_ERROR_TELLS("2");
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, three, 3, io.outputs, 2, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, UINT32_MAX, io.outputs, 2, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, UINT32_MAX, NULL));
  check_untouched(&io);
}

static void check_size(air_buffer *buffer, const null_io *io, uint64_t size) {
  buffer->size_bytes = size;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io->inputs, 2, io->outputs, 2, NULL));
  check_untouched(io);
}

static void test_sizes(void **state) {
  null_io io;
  for (int i = 0; i < 2; ++i) {
    null_io_init(&io, 2);
    const uint64_t right = io.inputs[i].size_bytes;
    check_size(&io.inputs[i], &io, right - 1);
    check_size(&io.inputs[i], &io, right + 1);
    check_size(&io.inputs[i], &io, 0);
    check_size(&io.inputs[i], &io, UINT64_MAX);
    null_io_init(&io, 2);
    check_size(&io.outputs[i], &io, io.outputs[i].size_bytes - 1);
    check_size(&io.outputs[i], &io, 0);
  }
  null_io_init(&io, 2);
  io.inputs[1].size_bytes = 15;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  CHECK_ERROR_TELLS("15");
  CHECK_ERROR_TELLS("16");
  CHECK_ERROR_TELLS("input #2");
}

static void test_outputs_may_be_larger(void **state) {
  null_io io;
  null_io_init(&io, 2);
  io.outputs[0].size_bytes = sizeof io.out1;
  io.outputs[1].size_bytes = sizeof io.out2;
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 2);
}

static void test_n_samples(void **state) {
  null_io io;
  null_io_init(&io, 2);
  CHECK_REFUSED(air_invoke(session, 0, io.inputs, 2, io.outputs, 2, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 1, io.inputs, 2, io.outputs, 2, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 3, io.inputs, 2, io.outputs, 2, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, UINT64_MAX, io.inputs, 2, io.outputs, 2, NULL));
  // Products that come out as the right size when they are computed modulo 2^64.
  for (unsigned shift = 57; shift < 64; ++shift) {
    null_io_init(&io, 2);
    CHECK_FAILS(AIR_ERROR_INVALID_INPUT,
                air_invoke(session, (UINT64_C(1) << shift) + 2, io.inputs, 2, io.outputs, 2, NULL));
    CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, (UINT64_C(1) << shift) + 2, io.inputs, 2, NULL, 0, NULL));
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
  CHECK_FAILS(AIR_ERROR_NO_MEMORY, air_invoke(session, n, io.inputs, 2, NULL, 0, NULL));
}

static void test_dtypes(void **state) {
  null_io io;
  for (int i = 0; i < 4; ++i) {
    for (int dtype = AIR_DTYPE_FLOAT32; dtype <= AIR_DTYPE_BOOL; ++dtype) {
      null_io_init(&io, 2);
      (i < 2 ? &io.inputs[i] : &io.outputs[i - 2])->dtype = (air_dtype)dtype;
      const air_dtype own = i == 0 || i == 3 ? AIR_DTYPE_FLOAT32 : AIR_DTYPE_INT8;
      const air_status status = air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL);
      if ((air_dtype)dtype == own) {
        CHECK_OK(status);
      } else {
        CHECK_FAILS(AIR_ERROR_INVALID_INPUT, status);
        check_untouched(&io);
      }
    }
    null_io_init(&io, 2);
    (i < 2 ? &io.inputs[i] : &io.outputs[i - 2])->dtype = NO_DTYPE;
    CHECK_REFUSED(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  }
  null_io_init(&io, 2);
  io.inputs[0].dtype = AIR_DTYPE_INT16;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
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
  return air_invoke(session, 2, io->inputs, 2, io->outputs, 2, NULL);
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

static void test_shapes_of_outputs(void **state) {
  const int64_t right[] = {2, 4, 4, 2}, wrong[] = {2, 2, 4, 4};
  null_io io;
  null_io_init(&io, 2);
  io.outputs[0].shape = right;
  io.outputs[0].rank = 4;
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 2);
  null_io_init(&io, 2);
  io.outputs[0].shape = wrong;
  io.outputs[0].rank = 4;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  CHECK_ERROR_TELLS("output #1");
  check_untouched(&io);
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
  CHECK_OK(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
  io.inputs[1].rank = 0;
  CHECK_REFUSED(air_invoke(session, 2, io.inputs, 2, io.outputs, 2, NULL));
}

static void test_unknown_bits(void **state) {
  null_io io;
  null_io_init(&io, 2);
  const uint32_t known_modes =
      AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_FIXED_INPUT | AIR_MODE_PERF_ONLY | AIR_MODE_DEBUG;
  const uint32_t known_io = AIR_IO_QUANTIZE | AIR_IO_DEQUANTIZE;
  for (unsigned bit = 0; bit < 32; ++bit) {
    const uint32_t mask = UINT32_C(1) << bit;
    air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
    options.mode = mask;
    if (!(mask & known_modes))
      CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, &options));
    options.mode = 0;
    options.io_mode = mask;
    if (!(mask & known_io))
      CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, &options));
  }
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.reserved = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_invoke(session, 2, io.inputs, 2, io.outputs, 2, &options));
  check_untouched(&io);
}

#define GUARDED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
      GUARDED(test_shapes_of_outputs),
      GUARDED(test_absurd_rank),
      GUARDED(test_unknown_bits),
  };
  return cmocka_run_group_tests_name("inputs", tests, NULL, NULL);
}
