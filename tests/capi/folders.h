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

/** Links the test plugin `libairunner-<name>.so` of the build folder into a folder, with the manifest where it has one. */
void add_plugin(const char *folder, const char *name);
/** Without the manifest. */
void add_bare_plugin(const char *folder, const char *name);

/** Writes a file `libairunner-<name>.manifest`, in place of one that is there. */
void add_manifest(const char *folder, const char *name, const char *text);
/** The one of the test plugin. */
void read_manifest(const char *name, char *text, size_t size);

/** Writes a file `libairunner-<name>.so` with these bytes. */
void add_file(const char *folder, const char *name, const void *bytes, size_t size);

/** Path of the test plugin `libairunner-<name>.so` in the build folder. */
void plugin_path(const char *name, char path[FOLDER_PATH]);

/** Where libraries leave memory at all: musl's do not, nor those that are linked to stay, as Zig's for glibc. */
void assert_unloaded(const char *plugin);

/** Connects through that test plugin, whatever other options say of plugins; *runner is NULL when that fails. */
air_status connect_through(const char *plugin, const char *descriptor, const air_connect_options *options,
                           air_runner **runner);

#endif
