// SPDX-License-Identifier: BSD-3-Clause
// Finding plugins: search places and their order, every kind of broken plugin, two plugins for one scheme, scanning.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "airunner_backend.h"
#include "capi.h"
#include "folders.h"

static char folder[FOLDER_PATH];
static const char *folder_list[] = {folder};

static int set_up(void **state) {
  make_folder(folder);
  return 0;
}

static int tear_down(void **state) {
  unsetenv("AIRUNNER_PLUGIN_PATH");
  remove_folder(folder);
  return 0;
}

static air_connect_options in_folder(void) {
  air_connect_options options = {.struct_size = sizeof options};
  options.plugin_paths = folder_list;
  options.n_plugin_paths = 1;
  return options;
}

static const air_plugin_list *list_of(const air_connect_options *options) {
  const air_plugin_list *list = NULL;
  CHECK_OK(air_list_plugins(options, &list));
  assert_non_null(list);
  return list;
}

static const air_plugin_list *list_of_folder(void) {
  const air_connect_options options = in_folder();
  return list_of(&options);
}

/** The finding whose file is `libairunner-<name>.so` below `where` (NULL: anywhere). */
static const air_plugin *found(const air_plugin_list *list, const char *name, const char *where) {
  char file[FOLDER_PATH];
  snprintf(file, sizeof file, "/libairunner-%s.so", name);
  for (uint32_t i = 0; i < list->n_plugins; ++i) {
    if (strstr(list->plugins[i]->path, file) &&
        (!where || strncmp(list->plugins[i]->path, where, strlen(where)) == 0)) {
      return list->plugins[i];
    }
  }
  fail_msg("%s was not listed", file);
  return NULL;
}

/** Output of the small test backend for one sample says whether it works. */
static void check_works(const air_connect_options *options, const char *descriptor) {
  air_runner *runner = NULL;
  CHECK_OK(air_connect(descriptor, options, &runner));
  const float x[] = {1.5f, -4.0f};
  float y[] = {0.0f, 0.0f};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  const air_output out = {.data = y, .size_bytes = sizeof y};
  CHECK_OK(air_invoke(first_session(runner), 1, &in, 1, &out, 1, NULL, NULL, NULL));
  assert_true(y[0] == 2.5f && y[1] == -3.0f);
  air_disconnect(runner);
}

static void test_builtin_places(void **state) {
  const air_plugin_list *list = list_of(NULL);
  assert_true(list->n_places >= 1);
  const air_search_place *last = list->places[list->n_places - 1];
  assert_string_equal(last->origin, "installation");
  assert_int_equal(last->exists, 1);
  const air_plugin *null = found(list, "null", NULL);
  assert_int_equal(null->status, AIR_OK);
  assert_string_equal(null->name, "null");
  assert_int_equal(null->n_schemes, 1);
  assert_string_equal(null->schemes[0], "null");
  assert_true(null->abi_version >= 1);
  assert_string_equal(null->error, "");
  assert_true(strlen(null->version) > 0 && strlen(null->description) > 0);
  air_free_plugin_list(list);
}

static void test_explicit_folder(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  const air_plugin_list *list = list_of(&options);
  assert_string_equal(list->places[0]->path, folder);
  assert_string_equal(list->places[0]->origin, "option");
  assert_int_equal(list->places[0]->exists, 1);
  const air_plugin *good = found(list, "good", folder);
  assert_int_equal(good->status, AIR_OK);
  assert_string_equal(good->version, "1.2.3");
  assert_string_equal(good->description, "adds one");
  air_free_plugin_list(list);
  check_works(&options, "alpha:");
  check_works(&options, "ALPHA:x");
}

static void test_explicit_file(void **state) {
  char path[FOLDER_PATH];
  plugin_path("good", path);
  const char *paths[] = {path};
  air_connect_options options = {.struct_size = sizeof options};
  options.plugin_paths = paths;
  options.n_plugin_paths = 1;
  check_works(&options, "alpha:");
  const air_plugin_list *list = list_of(&options);
  assert_string_equal(found(list, "good", NULL)->path, path);
  air_free_plugin_list(list);
}

static void test_environment(void **state) {
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:", NULL, &runner));
  add_plugin(folder, "good");
  char path[2 * FOLDER_PATH];
  snprintf(path, sizeof path, "/no/such/place:%s:", folder);
  setenv("AIRUNNER_PLUGIN_PATH", path, 1);
  check_works(NULL, "alpha:");
  const air_plugin_list *list = list_of(NULL);
  assert_string_equal(list->places[0]->path, "/no/such/place");
  assert_int_equal(list->places[0]->exists, 0);
  assert_string_equal(list->places[1]->path, folder);
  assert_string_equal(list->places[1]->origin, "AIRUNNER_PLUGIN_PATH");
  assert_int_equal(list->places[1]->exists, 1);
  air_free_plugin_list(list);
  unsetenv("AIRUNNER_PLUGIN_PATH");
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:", NULL, &runner));
}

static void test_user_folder(void **state) {
  const char *old = getenv("XDG_DATA_HOME");
  char *kept = old ? strdup(old) : NULL;
  char inside[FOLDER_PATH + 32];
  snprintf(inside, sizeof inside, "%s/airunner-1", folder);
  assert_int_equal(mkdir(inside, 0700), 0);
  add_plugin(inside, "good");
  setenv("XDG_DATA_HOME", folder, 1);
  const air_plugin_list *list = list_of(NULL);
  assert_string_equal(list->places[0]->path, inside);
  assert_string_equal(list->places[0]->origin, "user folder");
  assert_int_equal(found(list, "good", inside)->status, AIR_OK);
  air_free_plugin_list(list);
  check_works(NULL, "alpha:");
  if (kept) {
    setenv("XDG_DATA_HOME", kept, 1);
  } else {
    unsetenv("XDG_DATA_HOME");
  }
  free(kept);
  remove_folder(inside);
}

static void test_empty_and_missing_places(void **state) {
  const char *paths[] = {folder, "/no/such/folder", "/no/such/libairunner-file.so"};
  air_connect_options options = {.struct_size = sizeof options};
  options.plugin_paths = paths;
  options.n_plugin_paths = 3;
  const air_plugin_list *list = list_of(&options);
  assert_int_equal(list->places[0]->exists, 1);
  assert_int_equal(list->places[1]->exists, 0);
  assert_int_equal(list->places[2]->exists, 0);
  air_free_plugin_list(list);
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:", &options, &runner));
  air_disconnect(runner);
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:", &options, &runner));
  CHECK_ERROR_TELLS("/no/such/folder");
}

// What the reason of each broken plugin has to tell. "no_entry" and so on are built by meson.build; the last three are no libraries.
static const struct {
  const char *name;
  const char *tells;
} broken[] = {{"other_abi", "ABI"},     {"lying_abi", "ABI"},     {"no_entry", AIR_BACKEND_ENTRY},
              {"no_run", "run"},        {"short_table", "bytes"}, {"no_scheme", "scheme"},
              {"one_letter", "scheme"}, {"unresolved", "symbol"}, {"text", "libairunner"},
              {"empty", "libairunner"}, {"cut", "truncated"}};

static void add_all_broken(void) {
  for (size_t i = 0; i + 3 < ARRAY_SIZE(broken); ++i) add_plugin(folder, broken[i].name);
  static const char text[] = "This is no library but a text that is called like one.\n";
  add_file(folder, "text", text, sizeof text - 1);
  add_file(folder, "empty", "", 0);
  char path[FOLDER_PATH], head[600];
  plugin_path("good", path);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
  fclose(file);
  add_file(folder, "cut", head, sizeof head);
}

static void test_broken_plugins_are_listed_with_their_reason(void **state) {
  add_all_broken();
  const air_plugin_list *list = list_of_folder();
  for (size_t i = 0; i < ARRAY_SIZE(broken); ++i) {
    const air_plugin *plugin = found(list, broken[i].name, folder);
    if (plugin->status == AIR_OK) fail_msg("%s counts as usable", plugin->path);
    if (!strstr(plugin->error, broken[i].tells)) fail_msg("%s: %s", plugin->path, plugin->error);
    assert_non_null(plugin->name);
    assert_non_null(plugin->version);
    assert_non_null(plugin->description);
  }
  air_free_plugin_list(list);
}

static void test_broken_plugins_do_not_disturb_good_ones(void **state) {
  add_all_broken();
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  check_works(&options, "alpha:");
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:", &options, &runner));
  air_disconnect(runner);
}

static void test_failing_connect_tells_each_broken_plugin(void **state) {
  add_all_broken();
  const air_connect_options options = in_folder();
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:", &options, &runner));
  for (size_t i = 0; i < ARRAY_SIZE(broken); ++i) {
    char file[FOLDER_PATH];
    snprintf(file, sizeof file, "libairunner-%s.so", broken[i].name);
    CHECK_ERROR_TELLS(file);
    CHECK_ERROR_TELLS(broken[i].tells);
  }
}

static void test_other_files_are_no_plugins(void **state) {
  add_plugin(folder, "good");
  char from[FOLDER_PATH + 32], to[FOLDER_PATH + 32];
  snprintf(from, sizeof from, "%s/libairunner-good.so", folder);
  snprintf(to, sizeof to, "%s/libother.so", folder);
  assert_int_equal(rename(from, to), 0);
  snprintf(to, sizeof to, "%s/libairunner-folder.so", folder);
  assert_int_equal(mkdir(to, 0700), 0);
  const air_plugin_list *list = list_of_folder();
  for (uint32_t i = 0; i < list->n_plugins; ++i) assert_null(strstr(list->plugins[i]->path, folder));
  air_free_plugin_list(list);
}

static void test_two_plugins_for_one_scheme_in_one_folder(void **state) {
  add_plugin(folder, "good");
  add_plugin(folder, "twin");
  const air_connect_options options = in_folder();
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_AMBIGUOUS, air_connect("alpha:", &options, &runner));
  CHECK_ERROR_TELLS("libairunner-good.so");
  CHECK_ERROR_TELLS("libairunner-twin.so");
  check_works(&options, "beta:");
  const air_plugin_list *list = list_of(&options);
  const char *first = found(list, "good", folder)->error;
  const char *second = found(list, "twin", folder)->error;
  assert_true(strstr(first, "alpha") || strstr(second, "alpha"));
  air_free_plugin_list(list);
}

static void test_two_plugins_for_one_scheme_in_two_places(void **state) {
  char path[FOLDER_PATH];
  plugin_path("twin", path);
  add_plugin(folder, "good");
  const char *paths[] = {path, folder};
  for (int swapped = 0; swapped < 2; ++swapped) {
    const char *order[] = {paths[swapped], paths[1 - swapped]};
    air_connect_options options = {.struct_size = sizeof options};
    options.plugin_paths = order;
    options.n_plugin_paths = 2;
    air_runner *runner = NULL;
    CHECK_OK(air_connect("alpha:", &options, &runner));
    assert_string_equal(model_of(first_session(runner))->backend, swapped ? "good" : "twin");
    air_disconnect(runner);
    const air_plugin_list *list = list_of(&options);
    const air_plugin *loser = found(list, swapped ? "twin" : "good", NULL);
    const air_plugin *winner = found(list, swapped ? "good" : "twin", NULL);
    assert_int_equal(loser->status, AIR_OK);
    assert_non_null(strstr(loser->error, "alpha"));
    assert_non_null(strstr(loser->error, winner->path));
    assert_string_equal(winner->error, "");
    air_free_plugin_list(list);
  }
}

static void test_error_of_a_plugin_is_passed_on(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_NO_DEVICE, air_connect("alpha:refuse", &options, &runner));
  assert_int_equal(air_last_error()->vendor_code, 77);
  CHECK_ERROR_TELLS("told to refuse");
  assert_int_equal(air_last_error()->n_causes, 2);
  assert_string_equal(air_last_error()->causes[0], "tried a: no such thing");
  assert_string_equal(air_last_error()->causes[1], "tried b: neither");
}

static void test_abilities_a_plugin_has_not(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  air_runner *runner = NULL;
  CHECK_OK(air_connect("alpha:", &options, &runner));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_ping(runner, NULL));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_reset_states(first_session(runner), NULL));
  const air_invoke_options invoke = {.struct_size = sizeof invoke, .mode = AIR_MODE_PER_LAYER_WITH_DATA};
  const float x[2] = {0, 0};
  const air_input in = {.data = x, .size_bytes = sizeof x};
  const air_result *result = NULL;
  CHECK_OK(air_invoke(first_session(runner), 1, &in, 1, NULL, 0, &invoke, NULL, &result));
  assert_int_equal(profile_of(result)->mode, AIR_MODE_IO_ONLY);
  assert_int_equal(profile_of(result)->asked_mode, AIR_MODE_PER_LAYER_WITH_DATA);
  assert_int_equal(air_get_result_model(result)->n_nodes, 0);
  air_release_result(result);
  air_disconnect(runner);
}

static unsigned n_of_backend(const air_device_list *list, const char *backend) {
  unsigned n = 0;
  for (uint32_t i = 0; i < list->n_devices; ++i) {
    assert_true(strlen(list->devices[i]->descriptor) > 0);
    assert_non_null(list->devices[i]->description);
    n += strcmp(list->devices[i]->backend, backend) == 0;
  }
  return n;
}

static void test_scan(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  const air_device_list *list = NULL;
  CHECK_OK(air_scan(&options, &list));
  assert_int_equal(n_of_backend(list, "good"), 2);
  air_free_device_list(list);
}

static void test_scan_goes_on_after_a_plugin_that_fails(void **state) {
  add_plugin(folder, "bad_scan");
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  const air_device_list *list = NULL;
  CHECK_OK(air_scan(&options, &list));
  assert_int_equal(n_of_backend(list, "good"), 2);
  assert_int_equal(n_of_backend(list, "bad_scan"), 0);
  air_free_device_list(list);
}

static void test_wrong_use(void **state) {
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_list_plugins(NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_scan(NULL, NULL));
  air_connect_options options = {.struct_size = sizeof options};
  options.n_plugin_paths = 1;
  const air_plugin_list *plugins = NULL;
  const air_device_list *devices = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_list_plugins(&options, &plugins));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_scan(&options, &devices));
  assert_null(plugins);
  assert_null(devices);
}

typedef struct released {
  air_token *token;
} released;

static void release_at_a_line(void *user, air_log_level level, const char *message) {
  released *r = user;
  air_release_token(r->token);
  r->token = NULL;
}

// A call keeps its token; one that was cancelled ends looking at plugins, too.
static void test_tokens_of_a_search(void **state) {
  add_plugin(folder, "bad_scan");
  released r = {air_make_token()};
  const air_log log = {.line = release_at_a_line, .user = &r, .level = AIR_LOG_DEBUG};
  air_connect_options options = in_folder();
  options.log = &log;
  options.token = r.token;
  const air_device_list *devices = NULL;
  CHECK_OK(air_scan(&options, &devices));
  air_free_device_list(devices);
  assert_null(r.token);

  air_token *token = air_make_token();
  air_cancel(token);
  options.log = NULL;
  options.token = token;
  const air_plugin_list *plugins = NULL;
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_list_plugins(&options, &plugins));
  devices = NULL;
  CHECK_FAILS(AIR_ERROR_CANCELLED, air_scan(&options, &devices));
  assert_null(devices);
  air_release_token(token);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_FOLDER(test_builtin_places),
      WITH_FOLDER(test_explicit_folder),
      WITH_FOLDER(test_explicit_file),
      WITH_FOLDER(test_environment),
      WITH_FOLDER(test_user_folder),
      WITH_FOLDER(test_empty_and_missing_places),
      WITH_FOLDER(test_broken_plugins_are_listed_with_their_reason),
      WITH_FOLDER(test_broken_plugins_do_not_disturb_good_ones),
      WITH_FOLDER(test_failing_connect_tells_each_broken_plugin),
      WITH_FOLDER(test_other_files_are_no_plugins),
      WITH_FOLDER(test_two_plugins_for_one_scheme_in_one_folder),
      WITH_FOLDER(test_two_plugins_for_one_scheme_in_two_places),
      WITH_FOLDER(test_error_of_a_plugin_is_passed_on),
      WITH_FOLDER(test_abilities_a_plugin_has_not),
      WITH_FOLDER(test_scan),
      WITH_FOLDER(test_scan_goes_on_after_a_plugin_that_fails),
      WITH_FOLDER(test_tokens_of_a_search),
      WITH_FOLDER(test_wrong_use),
  };
  return cmocka_run_group_tests_name("plugins", tests, NULL, NULL);
}
