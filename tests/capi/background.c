// SPDX-License-Identifier: BSD-3-Clause
// An invoke of the null model on a thread of its own: see background.h.
#include "background.h"

#include <string.h>
#include <time.h>

double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

void pause_ms(long ms) {
  const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
}

static air_action tell_begun(void *user, uint64_t sample) {
  atomic_store(&((background *)user)->begun, 1);
  return AIR_CONTINUE;
}

static void *invoke_in_background(void *argument) {
  background *b = argument;
  b->status = air_invoke(b->session, b->io.n, b->io.inputs, 2, NULL, 0, &b->options, &b->callbacks, &b->result);
  if (b->status != AIR_OK) b->error = air_retain_error(air_last_error());
  return NULL;
}

void start(background *b, air_session *session, air_token *token, uint32_t mode) {
  memset(b, 0, sizeof *b);
  b->session = session;
  null_io_init(&b->io, 4);
  b->callbacks = (air_callbacks){.struct_size = sizeof b->callbacks, .user = b, .on_sample_begin = tell_begun};
  b->options = (air_invoke_options){
      .struct_size = sizeof b->options, .mode = mode, .timeout_ms = FAR_TOO_LONG_MS, .token = token};
  assert_int_equal(pthread_create(&b->thread, NULL, invoke_in_background, b), 0);
  for (int waited = 0; !atomic_load(&b->begun); ++waited) {
    if (waited > FAR_TOO_LONG_MS) fail_msg("the invoke never began");
    pause_ms(1);
  }
}

air_status join(background *b) {
  assert_int_equal(pthread_join(b->thread, NULL), 0);
  if (b->status != AIR_OK) {
    assert_non_null(b->error);
    assert_int_equal(b->error->status, b->status);
    assert_true(strlen(b->error->message) > 0);
  }
  return b->status;
}
