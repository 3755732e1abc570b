// SPDX-License-Identifier: BSD-3-Clause
#include "system.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capi.h"

void set_variable(const char *name, const char *value) {
  assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

char *make_unique_folder(char *path) {
  return mkdtemp(path);
}

int make_folder_at(const char *path) {
  return mkdir(path, 0700);
}

int link_file(const char *target, const char *path) {
  return symlink(target, path);
}

void *load_library(const char *path) {
  return dlopen(path, RTLD_LAZY);
}

void *loaded_library(const char *path) {
  return dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
}

void forget_library(void *library) {
  dlclose(library);
}

void *symbol_of(void *library, const char *name) {
  return dlsym(library, name);
}

long resident_kib(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  assert_non_null(file);
  assert_int_equal(fscanf(file, "%*s %ld", &pages), 1);
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
