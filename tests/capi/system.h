// SPDX-License-Identifier: BSD-3-Clause
// What these tests ask of the system.
#ifndef AIR_TESTS_CAPI_SYSTEM_H
#define AIR_TESTS_CAPI_SYSTEM_H

#if defined(_WIN32)
#  define LIBRARY_ENDING ".dll"
#else
#  define LIBRARY_ENDING ".so"
#endif

/** Sets a variable of the environment; NULL takes it away. */
void set_variable(const char *name, const char *value);

/** As POSIX's mkdtemp(). */
char *make_unique_folder(char *path);
int make_folder_at(const char *path);

/** A second name of a file, or a copy where the system wants rights for that. */
int link_file(const char *target, const char *path);

/** Held until it is forgotten. */
void *load_library(const char *path);
/** The library of this file, if it is loaded; it is held until it is forgotten. */
void *loaded_library(const char *path);
void forget_library(void *library);
void *symbol_of(void *library, const char *name);

/** Of this process, in memory. */
long resident_kib(void);

#endif
