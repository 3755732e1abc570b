// SPDX-License-Identifier: BSD-3-Clause
// Common ground of the C API tests: cmocka, checks that print the library's own error, and the null model with what it
// has to compute.
#ifndef AIR_TESTS_CAPI_H
#define AIR_TESTS_CAPI_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

// cmocka wants the four above first.
#include <cmocka.h>

#include "../sanitized.h"
#include "airunner.h"

/** A dtype that does not exist. */
#define NO_DTYPE ((air_dtype)99)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/** The call returns AIR_OK; otherwise the library's message is shown. */
#define CHECK_OK(call) check_status((call), AIR_OK, AIR_OK, #call, __FILE__, __LINE__)

/** The call fails with `expected`, and air_last_error() tells the same with a message. */
#define CHECK_FAILS(expected, call) check_status((call), expected, expected, #call, __FILE__, __LINE__)

/** The call is refused as the caller's fault. For cases where the contract leaves open which of the two words fits. */
#define CHECK_REFUSED(call) \
  check_status((call), AIR_ERROR_INVALID_ARGUMENT, AIR_ERROR_INVALID_INPUT, #call, __FILE__, __LINE__)

/** The message of the last error of this thread, or one of its causes, contains the text. */
#define CHECK_ERROR_TELLS(text) check_error_tells((text), __FILE__, __LINE__)

void check_status(air_status got, air_status expected, air_status or_else, const char *call, const char *file,
                  int line);
void check_error_tells(const char *text, const char *file, int line);

/** Connects with default options; fails the test when that does not work. */
air_runner *connect_to(const char *descriptor);

/** First session of a runner; fails the test when there is none. */
air_session *first_session(air_runner *runner);

/** Model of a session; fails the test when there is none. */
const air_model *model_of(const air_session *session);

/** Profile of a result; fails the test when there is none. */
const air_profile *profile_of(const air_result *result);

/** Values of a column of a result by its name, NULL where nothing was measured; fails the test when there is no such column. */
const double *values_of(const air_result *result, const char *column, uint32_t node);

/** A tensor of a result; fails the test when there is none. */
air_view tensor_of(const air_result *result, air_place place, uint32_t node, uint32_t index, uint64_t sample);

/** Whether the result holds the data of a tensor; fails the test for one that there is not. */
int holds(const air_result *result, air_place place, uint32_t node, uint32_t index);

enum { N_IN1 = 32, N_IN2 = 8, N_OUT1 = 32, N_OUT2 = 4, N_NODES = 4, MAX_SAMPLES = 32 };

/** Inputs and outputs of the null model for up to MAX_SAMPLES samples. */
typedef struct null_io {
  uint64_t n;
  float in1[MAX_SAMPLES][N_IN1];
  int8_t in2[MAX_SAMPLES][N_IN2];
  int8_t out1[MAX_SAMPLES][N_OUT1];
  float out2[MAX_SAMPLES][N_OUT2];
  air_input inputs[2];
  air_output outputs[2];
} null_io;

/** Varied inputs (some saturate), outputs full of 0x5A, buffers for n samples. */
void null_io_init(null_io *io, uint64_t n);

/** What the null model computes for sample s. */
void null_node_0(const null_io *io, uint64_t s, float scaled[N_IN1]);
void null_node_1(const null_io *io, uint64_t s, int8_t quantized[N_OUT1]);
void null_node_2(const null_io *io, uint64_t s, float biased[N_IN2]);
void null_node_3(const null_io *io, uint64_t s, float sums[N_OUT2]);

/** The first n_done samples of both outputs are right and the rest is untouched. */
void null_io_check(const null_io *io, uint64_t n_done);

/** Runs the null model on these inputs, with memory of the caller for the outputs or without. Release the result. */
const air_result *null_invoke(air_session *session, null_io *io, const air_invoke_options *options,
                              const air_callbacks *callbacks);
const air_result *null_invoke_kept(air_session *session, const null_io *io, const air_invoke_options *options,
                                   const air_callbacks *callbacks);

/** The first n samples of both outputs at these places are right. */
void null_check_outputs(const null_io *io, const void *output_1, const void *output_2, uint64_t n);

/** The result holds exactly n samples of both outputs, and they are right. */
void null_check_result(const null_io *io, const air_result *result, uint64_t n);

/** The result holds exactly n samples of every output of every node, and they are right. */
void null_check_nodes(const null_io *io, const air_result *result, uint64_t n);

#endif
