// SPDX-License-Identifier: BSD-3-Clause
#include <windows.h>
// After the types of windows.h.
#include <io.h>
#include <psapi.h>
#include <stdlib.h>

#include "capi.h"
#include "system.h"

void set_variable(const char *name, const char *value) {
  assert_int_equal(_putenv_s(name, value ? value : ""), 0);
}

char *make_unique_folder(char *path) {
  return _mktemp(path) && CreateDirectoryA(path, NULL) ? path : NULL;
}

int make_folder_at(const char *path) {
  return CreateDirectoryA(path, NULL) ? 0 : -1;
}

int link_file(const char *target, const char *path) {
  return CopyFileA(target, path, TRUE) ? 0 : -1;
}

void *load_library(const char *path) {
  return LoadLibraryA(path);
}

void *loaded_library(const char *path) {
  HMODULE library = NULL;
  return GetModuleHandleExA(0, path, &library) ? (void *)library : NULL;
}

void forget_library(void *library) {
  FreeLibrary((HMODULE)library);
}

void *symbol_of(void *library, const char *name) {
  const FARPROC function = GetProcAddress((HMODULE)library, name);
  void *address = NULL;
  memcpy(&address, &function, sizeof address);
  return address;
}

long resident_kib(void) {
  PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
  assert_true(GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters));
  return (long)(counters.WorkingSetSize / 1024);
}
