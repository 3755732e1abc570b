// SPDX-License-Identifier: BSD-3-Clause
// What the longer examples share: printing an error.
#ifndef AIRUNNER_EXAMPLE_H
#define AIRUNNER_EXAMPLE_H

#include <airunner.h>
#include <stdio.h>
#include <stdlib.h>

static inline int fail(const char *step) {
  const air_error *error = air_last_error();
  fprintf(stderr, "%s: %s (%s)\n", step, error->message, air_status_name(error->status));
  for (uint32_t i = 0; i < error->n_causes; i++) fprintf(stderr, "  %s\n", error->causes[i]);
  return EXIT_FAILURE;
}

#endif
