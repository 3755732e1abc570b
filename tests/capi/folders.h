// SPDX-License-Identifier: BSD-3-Clause
// The test plugins of the build folder, and temporary folders of plugins.
#ifndef AIR_TESTS_CAPI_FOLDERS_H
#define AIR_TESTS_CAPI_FOLDERS_H

#include <stddef.h>

#include "airunner.h"

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

/** Connects through that test plugin, whatever other options say of plugins; *runner is NULL when that fails. */
air_status connect_through(const char *plugin, const char *descriptor, const air_connect_options *options,
                           air_runner **runner);

#endif
