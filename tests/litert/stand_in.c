/* SPDX-License-Identifier: BSD-3-Clause */
/* Libraries that are not the LiteRT that is needed: they have one function with the name EXPORT, and nothing else. */
__attribute__((visibility("default"))) int EXPORT(void);

int EXPORT(void) {
  return 0;
}
