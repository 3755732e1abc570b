// SPDX-License-Identifier: BSD-3-Clause
// An invoke of the null model on a thread of its own.
#ifndef AIR_TESTS_CAPI_BACKGROUND_H
#define AIR_TESTS_CAPI_BACKGROUND_H

#include <pthread.h>
#include <stdatomic.h>

#include "capi.h"

// Slow machines and sanitizers need room; a hang would be an hour.
#define FAR_TOO_LONG_MS 20000

typedef struct background {
  air_session *session;
  null_io io;
  air_invoke_options options;
  air_callbacks callbacks;
  atomic_int begun;
  pthread_t thread;
  // Set when it has ended.
  air_status status;
  const air_error *error;  // to be released; NULL when all went well
  const air_result *result;
} background;

/** Runs 4 samples, with a limit, and returns when the first one has begun. The token may be NULL. */
void start(background *b, air_session *session, air_token *token, uint32_t mode);

/** Waits for the end and returns what the invoke said; error and result are the caller's to release. */
air_status join(background *b);

double now_ms(void);
void pause_ms(long ms);

#endif
