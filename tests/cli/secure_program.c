// SPDX-License-Identifier: BSD-3-Clause
// Run with raised rights by test_rights.py: looks for plugins, and connects to each model of its command line.
#include <airunner.h>
#include <stdio.h>
#include <sys/auxv.h>

int main(int n_words, char **words) {
  printf("AT_SECURE %lu\n", getauxval(AT_SECURE));
  for (int i = 1; i < n_words; ++i) {
    air_runner *runner = NULL;
    const air_status status = air_connect(words[i], NULL, &runner);
    printf("%s: %s\n", words[i], status == AIR_OK ? "connected" : air_last_error()->message);
    air_disconnect(runner);
  }
  return 0;
}
