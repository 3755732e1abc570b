// SPDX-License-Identifier: BSD-3-Clause
// What few runtimes have (plugins/varied.c): open shapes, quantization that nobody knows, fused nodes, batches with layers; and one whose run
// looks at nothing.
#include <string.h>

#include "background.h"
#include "folders.h"

enum { N = 4, N_SAMPLES = 3, COLUMNS = 2 };

static air_runner *connect_varied(const char *descriptor) {
  air_runner *runner = NULL;
  CHECK_OK(connect_through("varied", descriptor, NULL, &runner));
  return runner;
}

typedef struct io {
  float x[N_SAMPLES * N];
  air_input input;
} io;

// The first element of a sample says how many rows it has, the second where they begin.
static void io_init(io *io, const int64_t n_rows[N_SAMPLES]) {
  for (int i = 0; i < N_SAMPLES * N; ++i) io->x[i] = (float)i;
  for (int s = 0; s < N_SAMPLES; ++s) io->x[s * N] = (float)n_rows[s];
  io->input = (air_input){.data = io->x, .size_bytes = sizeof io->x};
}

static const air_result *run(air_runner *runner, const io *io, uint32_t mode, uint32_t io_mode) {
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode, .io_mode = io_mode, .repeat = 2};
  const air_result *result = NULL;
  CHECK_OK(air_invoke(first_session(runner), N_SAMPLES, &io->input, 1, NULL, 0, &options, NULL, &result));
  return result;
}

static void check_rows(air_view view, const io *io, int sample, int64_t n_rows) {
  assert_int_equal(view.rank, 2);
  assert_int_equal(view.shape[0], n_rows);
  assert_int_equal(view.shape[1], COLUMNS);
  assert_int_equal(view.size_bytes, (uint64_t)n_rows * COLUMNS * sizeof(float));
  for (int i = 0; i < n_rows * COLUMNS; ++i) {
    assert_true(((const float *)view.data)[i] == io->x[sample * N + 1] + (float)i);
  }
}

static const int64_t different[] = {3, 0, 5}, equal[] = {2, 2, 2};

static void test_samples_that_differ(void **state) {
  air_runner *runner = connect_varied("varied:rows");
  io io;
  io_init(&io, different);
  for (int again = 0; again < 3; ++again) {
    const air_result *result = run(runner, &io, AIR_MODE_PER_LAYER_WITH_DATA, 0);
    for (int s = 0; s < N_SAMPLES; ++s) {
      check_rows(tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, (uint64_t)s), &io, s, different[s]);
      check_rows(tensor_of(result, AIR_PLACE_NODE, 0, 0, (uint64_t)s), &io, s, different[s]);
      const air_view counts = tensor_of(result, AIR_PLACE_OUTPUT, 0, 1, (uint64_t)s);
      assert_int_equal(counts.rank, 1);
      assert_int_equal(counts.shape[0], different[s]);
      for (int i = 0; i < different[s]; ++i) assert_int_equal(((const int8_t *)counts.data)[i], i + 1);
    }
    air_view view;
    CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES, &view));
    CHECK_ERROR_TELLS("one by one");
    CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, AIR_PLACE_NODE, 0, 0, AIR_ALL_SAMPLES, &view));
    struct DLManagedTensorVersioned *packed = NULL;
    CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_dlpack(result, AIR_PLACE_OUTPUT, 0, 0, &packed));
    air_release_result(result);
  }
  air_disconnect(runner);
}

static void test_samples_that_are_equal(void **state) {
  air_runner *runner = connect_varied("varied:rows");
  const air_model *model = model_of(first_session(runner));
  assert_int_equal(model->outputs[0]->shape[0], -1);
  assert_int_equal(model->outputs[0]->size_bytes, 0);
  io io;
  io_init(&io, different);
  air_release_result(run(runner, &io, AIR_MODE_PER_LAYER_WITH_DATA, 0));
  io_init(&io, equal);
  const air_result *result = run(runner, &io, AIR_MODE_PER_LAYER_WITH_DATA, 0);
  static const air_place places[] = {AIR_PLACE_OUTPUT, AIR_PLACE_NODE};
  for (int p = 0; p < 2; ++p) {
    const air_view all = tensor_of(result, places[p], 0, 0, AIR_ALL_SAMPLES);
    assert_int_equal(all.rank, 3);
    assert_int_equal(all.shape[0], N_SAMPLES);
    assert_int_equal(all.shape[1], 2);
    assert_int_equal(all.shape[2], COLUMNS);
    assert_int_equal(all.size_bytes, N_SAMPLES * 2 * COLUMNS * sizeof(float));
    const air_view last = tensor_of(result, places[p], 0, 0, N_SAMPLES - 1);
    assert_memory_equal((const char *)all.data + 2 * last.size_bytes, last.data, (size_t)last.size_bytes);
    check_rows(last, &io, N_SAMPLES - 1, 2);
  }
  air_release_result(result);
  air_disconnect(runner);
}

static void test_open_outputs_as_float(void **state) {
  air_runner *runner = connect_varied("varied:rows");
  io io;
  io_init(&io, different);
  const air_result *result = run(runner, &io, 0, AIR_IO_DEQUANTIZE);
  for (int s = 0; s < N_SAMPLES; ++s) {
    check_rows(tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, (uint64_t)s), &io, s, different[s]);
    const air_view counts = tensor_of(result, AIR_PLACE_OUTPUT, 0, 1, (uint64_t)s);
    assert_int_equal(counts.dtype, AIR_DTYPE_FLOAT32);
    assert_int_equal(counts.size_bytes, (uint64_t)different[s] * sizeof(float));
    for (int i = 0; i < different[s]; ++i) assert_true(((const float *)counts.data)[i] == 0.5f * (float)(i + 1));
  }
  air_release_result(result);
  result = run(runner, &io, AIR_MODE_PERF_ONLY, 0);
  assert_false(holds(result, AIR_PLACE_OUTPUT, 0, 0));
  air_release_result(result);
  air_disconnect(runner);
}

typedef struct heard {
  const io *io;
  int n_samples, n_nodes;
} heard;

static air_action hear_sample(void *user, const air_sample_event *event) {
  heard *h = user;
  assert_int_equal(event->n_outputs, 2);
  check_rows(event->outputs[0], h->io, (int)event->sample, different[event->sample]);
  ++h->n_samples;
  return AIR_CONTINUE;
}

static air_action hear_node(void *user, const air_node_event *event) {
  heard *h = user;
  assert_int_equal(event->tensors[0].size_bytes, (uint64_t)different[event->sample] * COLUMNS * sizeof(float));
  assert_int_equal(event->tensors[0].rank, 2);
  assert_int_equal(event->tensors[0].shape[0], different[event->sample]);
  assert_int_equal(event->tensors[0].shape[1], COLUMNS);
  assert_true(event->duration_ms == 1.0);
  ++h->n_nodes;
  return AIR_CONTINUE;
}

// The memory of the caller holds the samples one after the other, and has to have room for them.
static void test_memory_of_the_caller(void **state) {
  air_runner *runner = connect_varied("varied:rows");
  io io;
  io_init(&io, different);
  float rows[8 * COLUMNS];
  int8_t counts[9] = {0};
  const air_output outputs[] = {{rows, sizeof rows}, {counts, sizeof counts}};
  heard h = {.io = &io};
  const air_callbacks callbacks = {
      .struct_size = sizeof callbacks, .user = &h, .on_sample_end = hear_sample, .on_node_end = hear_node};
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA};
  air_session *session = first_session(runner);
  CHECK_OK(air_invoke(session, N_SAMPLES, &io.input, 1, outputs, 2, &options, &callbacks, NULL));
  assert_int_equal(h.n_samples, N_SAMPLES);
  assert_int_equal(h.n_nodes, N_SAMPLES);
  for (int i = 0; i < 5 * COLUMNS; ++i) assert_true(rows[3 * COLUMNS + i] == io.x[2 * N + 1] + (float)i);
  static const int8_t want[] = {1, 2, 3, 1, 2, 3, 4, 5, 0};
  assert_memory_equal(counts, want, sizeof want);

  const air_output too_small[] = {{rows, sizeof rows - 1}, {counts, sizeof counts}};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, N_SAMPLES, &io.input, 1, too_small, 2, NULL, NULL, NULL));
  CHECK_ERROR_TELLS("63 bytes");
  const air_output nothing[] = {{NULL, 8}, {counts, sizeof counts}};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_invoke(session, N_SAMPLES, &io.input, 1, nothing, 2, NULL, NULL, NULL));
  CHECK_OK(air_invoke(session, N_SAMPLES, &io.input, 1, NULL, 0, NULL, NULL, NULL));
  CHECK_OK(air_invoke(session, N_SAMPLES, &io.input, 1, NULL, 0, NULL,
                      &(air_callbacks){.struct_size = sizeof callbacks, .user = &h, .on_sample_end = hear_sample},
                      NULL));
  air_disconnect(runner);
}

static void test_shapes_that_cannot_be(void **state) {
  static const struct {
    const char *descriptor;
    uint32_t mode;
    const char *told;
  } refused[] = {{"varied:rows-misfit", 0, "(3, 3)"},
                 {"varied:rows-one", 0, "output 1"},
                 {"varied:rows-twice", 0, "twice"},
                 {"varied:rows-shapeless", AIR_MODE_PER_LAYER_WITH_DATA, "dimensions"},
                 {"varied:rows-unshaped", AIR_MODE_PER_LAYER_WITH_DATA, "dimensions"}};
  io io;
  io_init(&io, different);
  for (size_t i = 0; i < ARRAY_SIZE(refused); ++i) {
    air_runner *runner = connect_varied(refused[i].descriptor);
    const air_invoke_options options = {.struct_size = sizeof options, .mode = refused[i].mode};
    CHECK_FAILS(AIR_ERROR_INTERNAL,
                air_invoke(first_session(runner), N_SAMPLES, &io.input, 1, NULL, 0, &options, NULL, NULL));
    CHECK_ERROR_TELLS(refused[i].told);
    CHECK_ERROR_TELLS("backend varied: run: ");
    air_disconnect(runner);
  }
}

// An open shape in a result of one's own is that of the view.
static void test_made_result(void **state) {
  air_runner *runner = connect_varied("varied:rows");
  const air_model *model = air_retain_model(model_of(first_session(runner)));
  air_disconnect(runner);
  const float rows[2 * 3 * COLUMNS] = {1, 2, 3};
  int64_t shape[] = {2, 3, COLUMNS};
  air_view views[] = {{rows, sizeof rows, shape, 3, AIR_DTYPE_FLOAT32}, {NULL}};
  const air_profile profile = {.n_samples = 2};
  const air_result_parts parts = {.struct_size = sizeof parts, .model = model, .profile = &profile, .outputs = views};
  const air_result *result = NULL;
  CHECK_OK(air_make_result(&parts, &result));
  const air_view second = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, 1);
  assert_int_equal(second.shape[0], 3);
  assert_memory_equal(second.data, rows + 3 * COLUMNS, sizeof rows / 2);
  assert_int_equal(tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).shape[1], 3);
  air_release_result(result);
  shape[2] = 3;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_make_result(&parts, &result));
  views[0].shape = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_make_result(&parts, &result));
  air_release_model(model);
}

// Equal types pass as they are; nothing can be converted.
static void test_unknown_quantization(void **state) {
  air_runner *runner = connect_varied("varied:unknown");
  air_session *session = first_session(runner);
  const air_tensor *tensor = model_of(session)->inputs[0];
  assert_int_equal(tensor->encoding, AIR_ENCODING_QUANTIZED);
  assert_int_equal(tensor->quantization->known, 0);
  const int8_t bytes[N] = {1, -2, 3, -128};
  int8_t got[N] = {0};
  float reals[N] = {0};
  const air_input stored = {.data = bytes, .size_bytes = N, .dtype = AIR_DTYPE_INT8};
  const air_input real = {.data = reals, .size_bytes = sizeof reals, .dtype = AIR_DTYPE_FLOAT32};
  const air_output output = {got, N};
  air_invoke_options options = {.struct_size = sizeof options, .io_mode = AIR_IO_QUANTIZE};
  CHECK_OK(air_invoke(session, 1, &stored, 1, &output, 1, &options, NULL, NULL));
  assert_memory_equal(got, bytes, N);
  const air_result *const marker = (const air_result *)(uintptr_t)0x10;
  const air_result *result = marker;
  options.mode = AIR_MODE_PARTIAL;
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_invoke(session, 1, &real, 1, &output, 1, &options, NULL, &result));
  options.io_mode = AIR_IO_DEQUANTIZE;
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_invoke(session, 1, &stored, 1, NULL, 0, &options, NULL, &result));
  assert_ptr_equal(result, marker);  // nothing was run
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_quantize(tensor, 1, reals, got));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_dequantize(tensor, 1, bytes, reals));
  const air_random random = {.seed = 1, .io_mode = AIR_IO_QUANTIZE};
  air_input_set *set = NULL;
  CHECK_OK(air_make_random_inputs(session, 1, &random, &set));
  assert_int_equal(set->inputs[0].dtype, AIR_DTYPE_INT8);
  air_free_inputs(set);
  air_disconnect(runner);
}

static void check_fused(const air_result *result, const float *x, uint64_t n) {
  const air_model *model = air_get_result_model(result);
  assert_int_equal(model->n_nodes, 3);
  assert_int_equal(model->nodes[2]->n_covers, 2);
  assert_int_equal(model->nodes[2]->covers[1], 1);
  assert_string_equal(model->nodes[2]->processor, "NPU");
  const float *doubled = tensor_of(result, AIR_PLACE_NODE, 0, 0, AIR_ALL_SAMPLES).data;
  const float *added = tensor_of(result, AIR_PLACE_NODE, 1, 0, AIR_ALL_SAMPLES).data;
  const float *outputs = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).data;
  for (uint64_t i = 0; i < n * N; ++i) {
    assert_true(doubled[i] == 2 * x[i] && added[i] == doubled[i] + 1 && outputs[i] == added[i]);
  }
  for (uint64_t s = 0; s < n; ++s) {
    assert_true(values_of(result, "time.device", 2)[s] == 0.5);
    assert_true(values_of(result, "time.device", AIR_WHOLE_RUN)[s] == 1.0);
  }
  assert_null(values_of(result, "time.device", 0));
  assert_true(profile_of(result)->device_ms == (double)n);
}

static air_action count_node(void *user, const air_node_event *event) {
  ++((int *)user)[event->node];
  return AIR_CONTINUE;
}

// Runs of several samples, with layers too; whoever listens to nodes hears of each sample.
static void test_batches_with_layers(void **state) {
  enum { MANY = 10 };
  air_runner *runner = connect_varied("varied:fused");
  float x[MANY * N];
  for (int i = 0; i < MANY * N; ++i) x[i] = (float)i;
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA, .warmup = 3};
  for (uint64_t n = 1; n <= MANY; n += 3) {
    const air_input in = {.data = x, .size_bytes = n * N * sizeof *x};
    int heard[3] = {0};
    const air_callbacks callbacks = {.struct_size = sizeof callbacks, .user = heard, .on_node_end = count_node};
    for (int listens = 0; listens < 2; ++listens) {
      const air_result *result = NULL;
      CHECK_OK(air_invoke(first_session(runner), n, &in, 1, NULL, 0, &options, listens ? &callbacks : NULL, &result));
      check_fused(result, x, n);
      air_release_result(result);
    }
    for (int node = 0; node < 3; ++node) assert_int_equal(heard[node], n);
  }
  air_disconnect(runner);
}

// The library's own thread ends it, by `cancel`.
static void test_limit_of_a_run_that_blocks(void **state) {
  air_runner *runner = connect_varied("varied:blocks");
  air_session *session = first_session(runner);
  const float x[N] = {0};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  air_invoke_options options = {.struct_size = sizeof options, .timeout_ms = 30};
  const double begin = now_ms();
  for (int i = 0; i < 2; ++i) {
    CHECK_FAILS(AIR_ERROR_TIMEOUT, air_invoke(session, 1, &in, 1, NULL, 0, &options, NULL, NULL));
    CHECK_ERROR_TELLS("30 ms");
  }
  assert_true(now_ms() - begin < FAR_TOO_LONG_MS / 2.0);
  options.timeout_ms = FAR_TOO_LONG_MS;
  options.token = air_make_token();
  air_cancel(options.token);
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_invoke(session, 1, &in, 1, NULL, 0, &options, NULL, NULL));
  air_release_token(options.token);
  CHECK_OK(air_disconnect(runner));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_samples_that_differ),        cmocka_unit_test(test_samples_that_are_equal),
      cmocka_unit_test(test_open_outputs_as_float),      cmocka_unit_test(test_memory_of_the_caller),
      cmocka_unit_test(test_shapes_that_cannot_be),      cmocka_unit_test(test_made_result),
      cmocka_unit_test(test_unknown_quantization),       cmocka_unit_test(test_batches_with_layers),
      cmocka_unit_test(test_limit_of_a_run_that_blocks),
  };
  return cmocka_run_group_tests_name("varied", tests, NULL, NULL);
}
