/* SPDX-License-Identifier: BSD-3-Clause */
/* The least time of connecting to `null:` and disconnecting, in ns. usage: connect-null COUNT */
#include <airunner.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv) {
  double least = 0;
  for (int i = 0, n = argc > 1 ? atoi(argv[1]) : 1; i < n; i++) {
    const double begin = now_ns();
    air_runner *runner = NULL;
    if (air_connect("null:", NULL, &runner) != AIR_OK || air_disconnect(runner) != AIR_OK) {
      fprintf(stderr, "connect-null: %s\n", air_last_error()->message);
      return EXIT_FAILURE;
    }
    const double time = now_ns() - begin;
    if (i == 0 || time < least) least = time;
  }
  printf("%.0f\n", least);
  return EXIT_SUCCESS;
}
