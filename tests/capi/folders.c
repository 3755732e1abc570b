// SPDX-License-Identifier: BSD-3-Clause
// The test plugins of the build folder, and temporary folders of plugins: see folders.h.
#include "folders.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capi.h"
#include "system.h"

static void join(const char *folder, const char *name, char path[FOLDER_PATH]) {
  assert_true(snprintf(path, FOLDER_PATH, "%s/%s", folder, name) < FOLDER_PATH);
}

static void join_plugin(const char *folder, const char *name, char path[FOLDER_PATH]) {
  assert_true(snprintf(path, FOLDER_PATH, "%s/libairunner-%s" LIBRARY_ENDING, folder, name) < FOLDER_PATH);
}

static void join_manifest(const char *folder, const char *name, char path[FOLDER_PATH]) {
  assert_true(snprintf(path, FOLDER_PATH, "%s/libairunner-%s.manifest", folder, name) < FOLDER_PATH);
}

static const char *built_folder(void) {
  const char *built = getenv("AIR_TEST_PLUGINS");
  if (!built) fail_msg("AIR_TEST_PLUGINS has to name the folder of the built test plugins");
  return built;
}

void make_folder(char path[FOLDER_PATH]) {
  const char *base = getenv("TMPDIR");
  join(base && *base ? base : "/tmp", "airunner-capi-XXXXXX", path);
  assert_non_null(make_unique_folder(path));
}

void remove_folder(const char *path) {
  DIR *folder = opendir(path);
  assert_non_null(folder);
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char inside[FOLDER_PATH];
    join(path, entry->d_name, inside);
    if (unlink(inside) != 0) rmdir(inside);
  }
  closedir(folder);
  assert_int_equal(rmdir(path), 0);
}

void plugin_path(const char *name, char path[FOLDER_PATH]) {
  join_plugin(built_folder(), name, path);
}

void assert_unloaded(const char *plugin) {
  char path[FOLDER_PATH];
  plugin_path("good", path);
  void *other = load_library(path);
  assert_non_null(other);
  forget_library(other);
  if (loaded_library(path) != NULL) return;
  plugin_path(plugin, path);
  assert_null(loaded_library(path));
}

air_status connect_through(const char *plugin, const char *descriptor, const air_connect_options *options,
                           air_runner **runner) {
  char path[FOLDER_PATH];
  plugin_path(plugin, path);
  const char *const paths[] = {path};
  air_connect_options with_plugin = {.struct_size = sizeof with_plugin};
  if (options) with_plugin = *options;
  with_plugin.plugin_paths = paths;
  with_plugin.n_plugin_paths = 1;
  *runner = NULL;
  return air_connect(descriptor, &with_plugin, runner);
}

void add_bare_plugin(const char *folder, const char *name) {
  char target[FOLDER_PATH], link[FOLDER_PATH];
  plugin_path(name, target);
  join_plugin(folder, name, link);
  assert_int_equal(access(target, R_OK), 0);
  assert_int_equal(link_file(target, link), 0);
}

void add_plugin(const char *folder, const char *name) {
  add_bare_plugin(folder, name);
  char target[FOLDER_PATH], link[FOLDER_PATH];
  join_manifest(built_folder(), name, target);
  join_manifest(folder, name, link);
  if (access(target, R_OK) == 0) assert_int_equal(link_file(target, link), 0);
}

static void write_bytes(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

void add_file(const char *folder, const char *name, const void *bytes, size_t size) {
  char path[FOLDER_PATH];
  join_plugin(folder, name, path);
  write_bytes(path, bytes, size);
}

void add_manifest(const char *folder, const char *name, const char *text) {
  char path[FOLDER_PATH];
  join_manifest(folder, name, path);
  unlink(path);
  write_bytes(path, text, strlen(text));
}

void read_manifest(const char *name, char *text, size_t size) {
  char path[FOLDER_PATH];
  join_manifest(built_folder(), name, path);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t n = fread(text, 1, size - 1, file);
  text[n] = '\0';
  fclose(file);
}
