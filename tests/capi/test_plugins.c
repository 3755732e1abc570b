// SPDX-License-Identifier: BSD-3-Clause
// Finding plugins: search places and their order, manifests, every kind of broken plugin, two plugins for one scheme, options, scanning.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "airunner_backend.h"
#include "capi.h"
#include "folders.h"
#include "system.h"

static char folder[FOLDER_PATH];
static const char *folder_list[] = {folder};

static int set_up(void **state) {
  make_folder(folder);
  return 0;
}

static int tear_down(void **state) {
  set_variable("AIRUNNER_PLUGIN_PATH", NULL);
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

/** What one plugin says when it is loaded. */
static const air_plugin_list *load(const char *path) {
  const air_plugin_list *list = NULL;
  CHECK_OK(air_load_plugin(path, &list));
  assert_int_equal(list->n_plugins, 1);
  assert_int_equal(list->n_places, 0);
  return list;
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
  assert_int_equal(null->abi_version, AIR_BACKEND_ABI_VERSION);
  assert_int_equal(null->has_manifest, 1);
  assert_true(null->n_options > 0);
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
  assert_int_equal(good->has_manifest, 1);
  assert_int_equal(good->n_patterns, 2);
  assert_string_equal(good->patterns[0], "*.plus");
  assert_int_equal(good->n_options, 2);
  const air_option_info *step = good->options[0];
  assert_string_equal(step->key, "step");
  assert_int_equal(step->type, AIR_OPTION_NUMBER);
  assert_string_equal(step->default_value, "1");
  assert_string_equal(step->text, "what is added");
  assert_int_equal(step->n_choices, 2);
  assert_string_equal(step->choices[1], "9");
  assert_string_equal(good->options[1]->key, "tag.*");
  assert_null(good->options[1]->default_value);
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
  set_variable("AIRUNNER_PLUGIN_PATH", path);
  check_works(NULL, "alpha:");
  const air_plugin_list *list = list_of(NULL);
  assert_string_equal(list->places[0]->path, "/no/such/place");
  assert_int_equal(list->places[0]->exists, 0);
  assert_string_equal(list->places[1]->path, folder);
  assert_string_equal(list->places[1]->origin, "AIRUNNER_PLUGIN_PATH");
  assert_int_equal(list->places[1]->exists, 1);
  air_free_plugin_list(list);
  set_variable("AIRUNNER_PLUGIN_PATH", NULL);
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:", NULL, &runner));
}

static void test_user_folder(void **state) {
  const char *old = getenv("XDG_DATA_HOME");
  char *kept = old ? strdup(old) : NULL;
  char inside[FOLDER_PATH + 32];
  snprintf(inside, sizeof inside, "%s/airunner-2", folder);
  assert_int_equal(make_folder_at(inside), 0);
  add_plugin(inside, "good");
  set_variable("XDG_DATA_HOME", folder);
  const air_plugin_list *list = list_of(NULL);
  assert_string_equal(list->places[0]->path, inside);
  assert_string_equal(list->places[0]->origin, "user folder");
  assert_int_equal(found(list, "good", inside)->status, AIR_OK);
  air_free_plugin_list(list);
  check_works(NULL, "alpha:");
  set_variable("XDG_DATA_HOME", kept);
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
} broken[] = {{"other_abi", "ABI"},
              {"lying_abi", "ABI"},
              {"no_entry", AIR_BACKEND_ENTRY},
              {"no_run", "run"},
              {"short_table", "bytes"},
              {"no_scheme", "scheme"},
              {"one_letter", "scheme"},
              {"upper_case", "scheme \"Alpha\""},
              {"no_text", "no description"},
              {"old_abi", "plugin ABI 1, which this airunner no longer has: rebuild it"},
              {"unresolved", "symbol"},
              {"text", "libairunner"},
              {"empty", "libairunner"},
              {"cut", "truncated"}};

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

// Without a manifest nothing is known before it is loaded.
static void test_broken_plugins_are_listed_and_loaded_with_their_reason(void **state) {
  add_all_broken();
  const air_plugin_list *list = list_of_folder();
  for (size_t i = 0; i < ARRAY_SIZE(broken); ++i) {
    const air_plugin *plugin = found(list, broken[i].name, folder);
    assert_int_equal(plugin->status, AIR_OK);
    assert_int_equal(plugin->has_manifest, 0);
    assert_string_equal(plugin->name, "");
    assert_int_equal(plugin->n_schemes, 0);
    const air_plugin_list *loaded = load(plugin->path);
    const air_plugin *real = loaded->plugins[0];
    assert_string_equal(real->path, plugin->path);
    if (real->status == AIR_OK) fail_msg("%s counts as usable", real->path);
    if (!strstr(real->error, broken[i].tells)) fail_msg("%s: %s", real->path, real->error);
    assert_string_equal(real->name, "");
    assert_string_equal(real->version, "");
    assert_string_equal(real->description, "");
    air_free_plugin_list(loaded);
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
  assert_int_equal(make_folder_at(to), 0);
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

enum { MANIFEST_SIZE = 4096 };

/** The manifest of the test plugin "good" with one text replaced by another. */
static const char *changed_manifest(const char *from, const char *to) {
  static char text[MANIFEST_SIZE];
  char good[MANIFEST_SIZE];
  read_manifest("good", good, sizeof good);
  const char *at = strstr(good, from);
  assert_non_null(at);
  snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
  return text;
}

// The paths of a plugin in the folder and of another place, searched in this order.
static air_connect_options in_two_places(const char *paths[2], const char *first, const char *second) {
  paths[0] = first;
  paths[1] = second;
  air_connect_options options = {.struct_size = sizeof options};
  options.plugin_paths = paths;
  options.n_plugin_paths = 2;
  return options;
}

static void test_a_plugin_that_is_not_needed_is_not_loaded(void **state) {
  add_plugin(folder, "good");
  add_bare_plugin(folder, "aborts");
  add_manifest(folder, "aborts",
               "abi = 2\nname = aborts\nversion = 1\ndescription = d\nscheme = aborts\npattern = *.aborts\n");
  const air_connect_options options = in_folder();
  check_works(&options, "alpha:");
  check_works(&options, "x.so.plus?tag.a=b");
  air_runner *runner = NULL;
  CHECK_OK(air_connect("null:", &options, &runner));
  air_disconnect(runner);
  const air_plugin_list *list = list_of(&options);
  assert_int_equal(found(list, "aborts", folder)->status, AIR_OK);
  air_free_plugin_list(list);
}

static void test_nothing_is_loaded_behind_the_place_that_serves(void **state) {
  char path[FOLDER_PATH];
  plugin_path("good", path);
  add_bare_plugin(folder, "aborts");
  const char *paths[2];
  const air_connect_options options = in_two_places(paths, path, folder);
  check_works(&options, "alpha:");
}

static void test_a_plugin_that_lies_is_passed_over(void **state) {
  char path[FOLDER_PATH];
  plugin_path("twin", path);
  add_bare_plugin(folder, "good");
  static const struct {
    const char *from, *to, *tells;
  } lies[] = {
      {"name = good", "name = better", "name \"better\", the plugin says \"good\""},
      {"version = 1.2.3", "version = 2", "version \"2\""},
      {"scheme = alpha", "scheme = alpha\nscheme = gamma", "schemes \"alpha gamma\", the plugin says \"alpha\""},
      {"option.default = 1", "option.default = 2", "another description of the option step"},
      {"pattern = *.plus", "pattern = *.minus", "patterns \"*.minus PLUG?*:*\""}};
  for (size_t i = 0; i < ARRAY_SIZE(lies); ++i) {
    add_manifest(folder, "good", changed_manifest(lies[i].from, lies[i].to));
    const char *paths[2];
    const air_connect_options both = in_two_places(paths, folder, path);
    air_runner *runner = NULL;
    CHECK_OK(air_connect("alpha:", &both, &runner));
    assert_string_equal(model_of(first_session(runner))->backend, "twin");
    air_disconnect(runner);

    const air_connect_options alone = in_folder();
    CHECK_FAILS(AIR_ERROR_INCOMPATIBLE, air_connect("alpha:", &alone, &runner));
    CHECK_ERROR_TELLS("libairunner-good.so");
    CHECK_ERROR_TELLS(lies[i].tells);
    CHECK_ERROR_TELLS("airunner manifest");

    char file[FOLDER_PATH + 32];
    snprintf(file, sizeof file, "%s/libairunner-good.so", folder);
    const air_plugin_list *loaded = load(file);
    assert_int_equal(loaded->plugins[0]->status, AIR_ERROR_INCOMPATIBLE);
    assert_string_equal(loaded->plugins[0]->name, "good");
    assert_non_null(strstr(loaded->plugins[0]->error, lies[i].tells));
    air_free_plugin_list(loaded);
  }
}

static void test_manifests_that_cannot_be_used(void **state) {
  add_bare_plugin(folder, "good");
  static const struct {
    const char *from, *to, *tells;
  } flaws[] = {{"abi = 2", "abi = 1", "plugin ABI 1, this airunner has 2: rebuild it"},
               {"abi = 2", "", "no abi"},
               {"name = good", "", "no name"},
               {"scheme = alpha", "scheme = Alpha", "scheme \"Alpha\""},
               {"scheme = alpha", "alpha", "expected key = value, got \"alpha\""}};
  const air_connect_options options = in_folder();
  for (size_t i = 0; i < ARRAY_SIZE(flaws); ++i) {
    add_manifest(folder, "good", changed_manifest(flaws[i].from, flaws[i].to));
    const air_plugin_list *list = list_of(&options);
    const air_plugin *good = found(list, "good", folder);
    assert_int_equal(good->status, AIR_ERROR_INCOMPATIBLE);
    if (!strstr(good->error, flaws[i].tells)) fail_msg("%s", good->error);
    assert_int_equal(good->has_manifest, 1);
    air_free_plugin_list(list);
    air_runner *runner = NULL;
    CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:", &options, &runner));
    CHECK_ERROR_TELLS(flaws[i].tells);
  }
  add_manifest(folder, "good", "");
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:", &options, &runner));
  add_manifest(folder, "good",
               changed_manifest("option = tag.*", "option.later = 1\nlater = key\n\n# so\noption = tag.*"));
  check_works(&options, "alpha:");
}

static void test_a_scheme_that_nobody_serves(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alphb:x", &options, &runner));
  CHECK_ERROR_TELLS("no backend serves scheme \"alphb\" (did you mean alpha?)");
  CHECK_ERROR_TELLS("null");
  // It is no path, whatever it ends in, unless there is such a file.
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("gamma:x.plus", &options, &runner));
  CHECK_ERROR_TELLS("no backend serves scheme \"gamma\"");
  char before[FOLDER_PATH];
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(folder), 0);
  FILE *file = fopen("gamma:x.plus", "wb");
  assert_non_null(file);
  fclose(file);
  check_works(&options, "gamma:x.plus");
  assert_int_equal(unlink("gamma:x.plus"), 0);
  assert_int_equal(chdir(before), 0);
}

static void test_texts_without_scheme(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  check_works(&options, "/some/where/MODEL.Plus");
  check_works(&options, "plug7:9600");  // looks like a scheme, and a pattern has its colon
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("plug:9600", &options, &runner));
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("not.plus", &options, &runner));
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("x.minus", &options, &runner));
  add_plugin(folder, "boasts");
  check_works(&options, "x.plus");  // claims that cannot be are no claims
  CHECK_FAILS(AIR_ERROR_INCOMPATIBLE, air_connect("not.plus", &options, &runner));
  CHECK_ERROR_TELLS("libairunner-boasts.so");
  CHECK_ERROR_TELLS("backend boasts: claims gave 101");
}

static void test_options_of_a_plugin(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  check_works(&options, "alpha:?step=1&tag.x=anything");
  air_runner *runner = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:?setp=2", &options, &runner));
  CHECK_ERROR_TELLS("unknown option setp (did you mean step?): backend good has step, tag.*");
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:?tag.=2", &options, &runner));
  static const char *const values[] = {"", "0", "10", "-1", "1.5", "x", "18446744073709551617"};
  for (size_t i = 0; i < ARRAY_SIZE(values); ++i) {
    char descriptor[64];
    snprintf(descriptor, sizeof descriptor, "alpha:?step=%s", values[i]);
    CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect(descriptor, &options, &runner));
    CHECK_ERROR_TELLS("expected a number from 1 to 9");
  }
  const air_option given = {"step", "11"};
  air_connect_options with_option = options;
  with_option.options = &given;
  with_option.n_options = 1;
  CHECK_FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect("alpha:?step=3", &with_option, &runner));
}

static void test_the_canonical_descriptor_leaves_defaults_out(void **state) {
  add_plugin(folder, "good");
  const air_connect_options options = in_folder();
  static const char *const texts[][2] = {{"ALPHA:x", "alpha:x"},
                                         {"alpha:x?step=1", "alpha:x"},
                                         {"alpha:x?step=2", "alpha:x?step=2"},
                                         {"x.plus", "alpha:x.plus"}};
  for (size_t i = 0; i < ARRAY_SIZE(texts); ++i) {
    air_runner *runner = NULL;
    CHECK_OK(air_connect(texts[i][0], &options, &runner));
    assert_string_equal(model_of(first_session(runner))->descriptor, texts[i][1]);
    air_disconnect(runner);
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
  for (uint32_t i = 0; i < list->n_devices; ++i) {
    const air_device *device = list->devices[i];
    if (strcmp(device->descriptor, "alpha:one") != 0) continue;
    assert_int_equal(device->n_properties, 1);
    assert_string_equal(device->properties[0].key, "serial_number");
    assert_string_equal(device->properties[0].value, "0815");
  }
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
  const air_plugin_list *loaded = NULL;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_load_plugin(NULL, &loaded));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_load_plugin("x", NULL));
  loaded = load("/no/such/libairunner-file.so");
  assert_int_equal(loaded->plugins[0]->status, AIR_ERROR_INCOMPATIBLE);
  assert_non_null(strstr(loaded->plugins[0]->error, "libairunner-file.so"));
  air_free_plugin_list(loaded);
  air_free_plugin_list(NULL);
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
      WITH_FOLDER(test_broken_plugins_are_listed_and_loaded_with_their_reason),
      WITH_FOLDER(test_broken_plugins_do_not_disturb_good_ones),
      WITH_FOLDER(test_failing_connect_tells_each_broken_plugin),
      WITH_FOLDER(test_other_files_are_no_plugins),
      WITH_FOLDER(test_two_plugins_for_one_scheme_in_one_folder),
      WITH_FOLDER(test_two_plugins_for_one_scheme_in_two_places),
      WITH_FOLDER(test_a_plugin_that_is_not_needed_is_not_loaded),
      WITH_FOLDER(test_nothing_is_loaded_behind_the_place_that_serves),
      WITH_FOLDER(test_a_plugin_that_lies_is_passed_over),
      WITH_FOLDER(test_manifests_that_cannot_be_used),
      WITH_FOLDER(test_a_scheme_that_nobody_serves),
      WITH_FOLDER(test_texts_without_scheme),
      WITH_FOLDER(test_options_of_a_plugin),
      WITH_FOLDER(test_the_canonical_descriptor_leaves_defaults_out),
      WITH_FOLDER(test_error_of_a_plugin_is_passed_on),
      WITH_FOLDER(test_abilities_a_plugin_has_not),
      WITH_FOLDER(test_scan),
      WITH_FOLDER(test_scan_goes_on_after_a_plugin_that_fails),
      WITH_FOLDER(test_tokens_of_a_search),
      WITH_FOLDER(test_wrong_use),
  };
  return cmocka_run_group_tests_name("plugins", tests, NULL, NULL);
}
