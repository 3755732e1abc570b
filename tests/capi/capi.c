// SPDX-License-Identifier: BSD-3-Clause
// Common ground of the C API tests: see capi.h.
#include "capi.h"

#include <math.h>
#include <string.h>

void check_status(air_status got, air_status expected, air_status or_else, const char *call, const char *file,
                  int line) {
  const air_error *error = air_last_error();
  if (got != expected && got != or_else) {
    print_error("%s\n  returned %s, expected %s: %s\n", call, air_status_name(got), air_status_name(expected),
                got == AIR_OK ? "" : error->message);
    _fail(file, line);
  }
  if (got == AIR_OK) return;
  if (error->status != got || error->message[0] == '\0') {
    print_error("%s\n  returned %s, but air_last_error() has status %s, message '%s'\n", call, air_status_name(got),
                air_status_name(error->status), error->message);
    _fail(file, line);
  }
}

void check_error_tells(const char *text, const char *file, int line) {
  const air_error *error = air_last_error();
  if (strstr(error->message, text)) return;
  for (uint32_t i = 0; i < error->n_causes; ++i) {
    if (strstr(error->causes[i], text)) return;
  }
  print_error("the error does not tell '%s':\n  %s\n", text, error->message);
  for (uint32_t i = 0; i < error->n_causes; ++i) print_error("  cause: %s\n", error->causes[i]);
  _fail(file, line);
}

air_runner *connect_to(const char *descriptor) {
  air_runner *runner = NULL;
  CHECK_OK(air_connect(descriptor, NULL, &runner));
  assert_non_null(runner);
  return runner;
}

air_session *first_session(air_runner *runner) {
  air_session *session = NULL;
  CHECK_OK(air_get_session(runner, NULL, &session));
  assert_non_null(session);
  return session;
}

const air_model *model_of(const air_session *session) {
  const air_model *model = air_get_model(session);
  assert_non_null(model);
  return model;
}

const air_profile *profile_of(const air_result *result) {
  const air_profile *profile = air_get_profile(result);
  assert_non_null(profile);
  return profile;
}

const double *values_of(const air_result *result, const char *column, uint32_t node) {
  const uint32_t index = air_find_column(air_get_result_model(result), column);
  if (index == UINT32_MAX) fail_msg("no column %s", column);
  return air_get_values(result, index, node);
}

air_view tensor_of(const air_result *result, air_place place, uint32_t node, uint32_t index, uint64_t sample) {
  air_view view = {.data = NULL};
  CHECK_OK(air_get_tensor(result, place, node, index, sample, &view));
  assert_non_null(view.data);
  return view;
}

int holds(const air_result *result, air_place place, uint32_t node, uint32_t index) {
  air_view view;
  CHECK_OK(air_get_tensor(result, place, node, index, AIR_ALL_SAMPLES, &view));
  return view.data != NULL;
}

void null_io_init(null_io *io, uint64_t n) {
  assert_true(n <= MAX_SAMPLES);
  memset(io, 0, sizeof *io);
  memset(io->out1, 0x5A, sizeof io->out1);
  memset(io->out2, 0x5A, sizeof io->out2);
  io->n = n;
  for (int s = 0; s < MAX_SAMPLES; ++s) {
    for (int i = 0; i < N_IN1; ++i) io->in1[s][i] = (float)((s * 7 + i * 3) % 41 - 20) * 0.93f;
    for (int i = 0; i < N_IN2; ++i) io->in2[s][i] = (int8_t)((s * 5 + i * 11) % 201 - 100);
  }
  io->inputs[0] = (air_input){.data = io->in1, .size_bytes = n * sizeof io->in1[0]};
  io->inputs[1] = (air_input){.data = io->in2, .size_bytes = n * sizeof io->in2[0]};
  io->outputs[0] = (air_output){.data = io->out1, .size_bytes = n * sizeof io->out1[0]};
  io->outputs[1] = (air_output){.data = io->out2, .size_bytes = n * sizeof io->out2[0]};
}

void null_node_0(const null_io *io, uint64_t s, float scaled[N_IN1]) {
  for (int i = 0; i < N_IN1; ++i) scaled[i] = io->in1[s][i] * 2.0f;
}

void null_node_1(const null_io *io, uint64_t s, int8_t quantized[N_OUT1]) {
  float scaled[N_IN1];
  null_node_0(io, s, scaled);
  for (int i = 0; i < N_OUT1; ++i) {
    const float q = rintf(scaled[i] / 0.25f) + 4.0f;
    quantized[i] = (int8_t)fminf(fmaxf(q, -128.0f), 127.0f);
  }
}

void null_node_2(const null_io *io, uint64_t s, float biased[N_IN2]) {
  for (int i = 0; i < N_IN2; ++i) biased[i] = (float)(io->in2[s][i] + 3) * 0.5f + 1.0f;
}

void null_node_3(const null_io *io, uint64_t s, float sums[N_OUT2]) {
  float biased[N_IN2];
  null_node_2(io, s, biased);
  for (int k = 0; k < N_OUT2; ++k) sums[k] = biased[2 * k] + biased[2 * k + 1];
}

void null_io_check(const null_io *io, uint64_t n_done) {
  null_check_outputs(io, io->outputs[0].data, io->outputs[1].data, n_done);
  unsigned char untouched[sizeof io->out1];
  memset(untouched, 0x5A, sizeof untouched);
  assert_memory_equal(io->out1 + n_done, untouched, (MAX_SAMPLES - n_done) * sizeof io->out1[0]);
  assert_memory_equal(io->out2 + n_done, untouched, (MAX_SAMPLES - n_done) * sizeof io->out2[0]);
}

static const air_result *invoke(air_session *session, const null_io *io, const air_output *outputs,
                                const air_invoke_options *options, const air_callbacks *callbacks) {
  const air_result *result = NULL;
  CHECK_OK(air_invoke(session, io->n, io->inputs, 2, outputs, outputs ? 2 : 0, options, callbacks, &result));
  assert_non_null(result);
  return result;
}

const air_result *null_invoke(air_session *session, null_io *io, const air_invoke_options *options,
                              const air_callbacks *callbacks) {
  return invoke(session, io, io->outputs, options, callbacks);
}

const air_result *null_invoke_kept(air_session *session, const null_io *io, const air_invoke_options *options,
                                   const air_callbacks *callbacks) {
  return invoke(session, io, NULL, options, callbacks);
}

void null_check_outputs(const null_io *io, const void *output_1, const void *output_2, uint64_t n) {
  const unsigned char *got1 = output_1;
  const unsigned char *got2 = output_2;
  for (uint64_t s = 0; s < n; ++s) {
    int8_t want1[N_OUT1];
    float want2[N_OUT2];
    null_node_1(io, s, want1);
    null_node_3(io, s, want2);
    assert_memory_equal(got1 + s * sizeof want1, want1, sizeof want1);
    assert_memory_equal(got2 + s * sizeof want2, want2, sizeof want2);
  }
}

/** A tensor of n samples of `size` bytes; NULL for n = 0, where there may be nothing to hold. */
static const void *all_samples(const air_result *result, air_place place, uint32_t node, uint32_t index, uint64_t n,
                               size_t size) {
  air_view view;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_get_tensor(result, place, node, index, n, &view));
  if (n == 0) return NULL;
  view = tensor_of(result, place, node, index, AIR_ALL_SAMPLES);
  assert_int_equal(view.size_bytes, n * size);
  assert_int_equal(view.shape[0], n);
  return view.data;
}

void null_check_result(const null_io *io, const air_result *result, uint64_t n) {
  assert_int_equal(profile_of(result)->n_samples, n);
  null_check_outputs(io, all_samples(result, AIR_PLACE_OUTPUT, 0, 0, n, sizeof io->out1[0]),
                     all_samples(result, AIR_PLACE_OUTPUT, 0, 1, n, sizeof io->out2[0]), n);
}

void null_check_nodes(const null_io *io, const air_result *result, uint64_t n) {
  const air_model *model = air_get_result_model(result);
  assert_int_equal(model->n_nodes, N_NODES);
  for (uint64_t s = 0; s < n; ++s) {
    float scaled[N_IN1], biased[N_IN2], sums[N_OUT2];
    int8_t quantized[N_OUT1];
    null_node_0(io, s, scaled);
    null_node_1(io, s, quantized);
    null_node_2(io, s, biased);
    null_node_3(io, s, sums);
    const void *want[N_NODES][2] = {{scaled, NULL}, {quantized, NULL}, {biased, NULL}, {sums, quantized}};
    for (uint32_t node = 0; node < N_NODES; ++node) {
      for (uint32_t i = 0; i < model->nodes[node]->n_outputs; ++i) {
        const size_t size = (size_t)model->nodes[node]->outputs[i]->size_bytes;
        const char *got = all_samples(result, AIR_PLACE_NODE, node, i, n, size);
        assert_memory_equal(got + s * size, want[node][i], size);
        assert_ptr_equal(tensor_of(result, AIR_PLACE_NODE, node, i, s).data, got + s * size);
      }
    }
  }
}
