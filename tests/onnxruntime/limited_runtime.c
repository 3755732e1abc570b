/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands in front of the real ONNX Runtime, named by AIR_TEST_REAL_RUNTIME, and denies the versions of its API above LIMIT, as an older
 * release would. Without LIMIT it has none, as a release that is too old. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct api_base {
  const void *(*get_api)(uint32_t version);
  const char *(*get_version)(void);
} api_base;

static const void *get_api(uint32_t version) {
#ifdef LIMIT
  const char *path = getenv("AIR_TEST_REAL_RUNTIME");
  void *real = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (real == NULL || version > LIMIT) return NULL;
  void *symbol = dlsym(real, "OrtGetApiBase");
  const api_base *(*get_base)(void);
  *(void **)&get_base = symbol;
  return get_base()->get_api(version);
#else
  (void)version;
  return NULL;
#endif
}

static const char *get_version(void) {
  return "1.99.0";
}

__attribute__((visibility("default"))) const api_base *OrtGetApiBase(void);

const api_base *OrtGetApiBase(void) {
  static const api_base base = {get_api, get_version};
  return &base;
}
