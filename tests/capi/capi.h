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

/** A dtype that does not exist, within the bits that the C++ side of the library may read. */
#define NO_DTYPE ((air_dtype)15)

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

/** Info of a session; fails the test when there is none. */
const air_model_info *info_of(const air_session *session);

/** Profile of a session; fails the test when there is none. */
const air_profile *profile_of(const air_session *session);

enum { N_IN1 = 32, N_IN2 = 8, N_OUT1 = 32, N_OUT2 = 4, N_NODES = 4, MAX_SAMPLES = 32 };

/** Inputs and outputs of the null model for up to MAX_SAMPLES samples. */
typedef struct null_io {
  uint64_t n;
  float in1[MAX_SAMPLES][N_IN1];
  int8_t in2[MAX_SAMPLES][N_IN2];
  int8_t out1[MAX_SAMPLES][N_OUT1];
  float out2[MAX_SAMPLES][N_OUT2];
  air_buffer inputs[2];
  air_buffer outputs[2];
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

/** The n samples at two library-owned buffers are right. */
void null_check_outputs(const null_io *io, const air_buffer *outputs, uint64_t n);

#endif
