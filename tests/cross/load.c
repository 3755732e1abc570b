/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads the library at run time, as Python and other languages do, and connects to the null model. usage: load LIBRARY */
#include <airunner.h>
#include <dlfcn.h>
#include <stdio.h>

/* ISO C has no cast from an object's address to that of a function. */
static void find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  if (symbol == NULL) fprintf(stderr, "%s is missing\n", name);
  *(void **)function = symbol;
}

int main(int argc, char **argv) {
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (library == NULL) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: load LIBRARY");
    return 2;
  }
  air_status (*connect)(const char *, const air_connect_options *, air_runner **);
  air_status (*disconnect)(air_runner *);
  find(library, "air_connect", &connect);
  find(library, "air_disconnect", &disconnect);
  air_runner *runner = NULL;
  if (connect == NULL || disconnect == NULL || connect("null:", NULL, &runner) != AIR_OK ||
      disconnect(runner) != AIR_OK)
    return 1;
  puts("loaded, and connected to null:");
  return 0;
}
