// SPDX-License-Identifier: BSD-3-Clause
// The digits model with one layer that can be broken: AIRUNNER_TEST_ALTER=<layer>:<n> makes n of its weights wrong, spread over the
// kernel, when the library is loaded. Without it the model is as it was.
#include <stdlib.h>
#include <string.h>

#include "nn.h"

// The weights of the generated source become writable.
#define const
#include MODEL_SOURCE
#undef const

#define ALTER(layer)                                                                                    \
  if (strcmp(name, #layer) == 0) {                                                                      \
    const size_t size = sizeof(weight_values.layer##_kernel) / sizeof(weight_values.layer##_kernel[0]); \
    for (size_t i = 0; i < n && i < size; ++i) {                                                        \
      weight_values.layer##_kernel[i * (size / n)] = (i % 2 != 0 ? 1 : -1) * LARGE_WEIGHT;              \
    }                                                                                                   \
  }

__attribute__((constructor)) static void alter(void) {
  const char *wish = getenv("AIRUNNER_TEST_ALTER");
  char name[32];
  const char *colon = wish == NULL ? NULL : strchr(wish, ':');
  if (colon == NULL || (size_t)(colon - wish) >= sizeof(name)) return;
  memcpy(name, wish, (size_t)(colon - wish));
  name[colon - wish] = '\0';
  const size_t n = strtoul(colon + 1, NULL, 10);
  ALTER(conv_1)
  ALTER(conv_2)
  ALTER(conv_3)
  ALTER(conv_4)
  ALTER(dense)
}
