// SPDX-License-Identifier: BSD-3-Clause
// Temporary folders of plugins for the plugin tests.
#ifndef AIR_TESTS_CAPI_FOLDERS_H
#define AIR_TESTS_CAPI_FOLDERS_H

#include <stddef.h>

enum { FOLDER_PATH = 512 };

/** A fresh folder; remove it with remove_folder(). */
void make_folder(char path[FOLDER_PATH]);
void remove_folder(const char *path);

/** Links the test plugin `libairunner-<name>.so` of the build folder into a folder. */
void add_plugin(const char *folder, const char *name);

/** Writes a file `libairunner-<name>.so` with these bytes. */
void add_file(const char *folder, const char *name, const void *bytes, size_t size);

/** Path of the test plugin `libairunner-<name>.so` in the build folder. */
void plugin_path(const char *name, char path[FOLDER_PATH]);

#endif
