// SPDX-License-Identifier: BSD-3-Clause
// A program, compiled against headers of several releases, that runs with libraries of its own or another release, and with plugins of several
// releases. Usage: program VERSION (PLUGIN SCHEME)..., where VERSION is that of the libraries.
//
// OLDEST: its header is that of 1.0. GROWN: its header is newer than the libraries and has more members, which are zero unless the test says so.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// cmocka wants some of these first.
#include <cmocka.h>

#include "airunner_report.h"
#include "airunner_st.h"

#ifdef OLDEST
_Static_assert(AIR_ABI_MINOR == 0, "this is not the header of 1.0");
#endif

enum { N_SAMPLES = 2, MOST_PLUGINS = 8 };
#define OK(call) check((call), AIR_OK, #call, __LINE__)
#define FAILS(status, call) check((call), (status), #call, __LINE__)

static void check(air_status got, air_status expected, const char *call, int line) {
  const char *said = got == AIR_OK ? "" : air_last_error()->message;
  if (got != expected)
    fail_msg("line %d: %s: %s, expected %s. %s", line, call, air_status_name(got), air_status_name(expected), said);
}

// ---- What the plugins compute

static const char *plugin_files[MOST_PLUGINS], *plugin_schemes[MOST_PLUGINS];
static uint32_t n_plugins;

static const float a[N_SAMPLES][3] = {{1, 2, 3}, {-4, 5, 0.5f}};
static const int8_t b[N_SAMPLES][2] = {{7, -8}, {100, -100}};
static const air_input inputs[] = {{.data = a, .size_bytes = sizeof a}, {.data = b, .size_bytes = sizeof b}};

static void check_outputs(const air_result *result, float factor) {
  air_view y, n;
  OK(air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES, &y));
  OK(air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 1, AIR_ALL_SAMPLES, &n));
  assert_int_equal(y.size_bytes, sizeof a);
  for (int i = 0; i < N_SAMPLES * 3; ++i) {
    assert_true(((const float *)y.data)[i] == ((const float *)a)[i] * factor + 1);
  }
  assert_int_equal(n.size_bytes, sizeof b);
  assert_memory_equal(n.data, b, sizeof b);
}

static void check_model(const air_model *model, const char *name) {
  assert_string_equal(model->name, name);
  assert_int_equal(model->n_inputs, 2);
  assert_string_equal(model->inputs[1]->name, "b");
  assert_true(model->inputs[1]->quantization->scales[0] == 0.5f);
  assert_int_equal(model->inputs[1]->address, 4096);
  assert_int_equal(model->n_nodes, 2);
  assert_string_equal(model->nodes[1]->name, "add");
  assert_string_equal(model->nodes[1]->inputs[1]->name, "b");
  assert_string_equal(model->nodes[1]->outputs[1]->name, "n");
  assert_int_equal(model->n_columns, 4);
  assert_int_equal(air_find_column(model, "energy"), 3);
  assert_string_equal(model->columns[3]->unit, "mJ");
  assert_string_equal(air_get_property(model, "runtime"), "by hand");
  assert_int_equal(model->n_weights_pools, 2);
  assert_string_equal(model->weights_pools[1]->name, "pool_2");
  assert_int_equal(model->weights_pools[1]->size_bytes, 8);
  assert_int_equal(model->weights_bytes, 16);
}

static void check_layers(const air_result *result) {
  const double *node_energy = air_get_values(result, 3, 1), *energy = air_get_values(result, 3, AIR_WHOLE_RUN);
  assert_true(node_energy[0] == 2.5 && energy[0] == 4);
  assert_true(air_get_values(result, 0, AIR_WHOLE_RUN)[1] == 0.5);
  assert_string_equal(air_get_note(result, 1, 0), "added");
  air_view n;
  OK(air_get_tensor(result, AIR_PLACE_NODE, 1, 1, 1, &n));
  assert_memory_equal(n.data, b[1], sizeof b[1]);
}

// ---- What the caller fills

typedef struct counts {
  int begun, ended, nodes_begun, nodes_ended, progress;
} counts;

static air_action sample_begin(void *user, uint64_t sample) {
  (void)sample;
  ((counts *)user)->begun++;
  return AIR_CONTINUE;
}

static air_action sample_end(void *user, const air_sample_event *event) {
  ((counts *)user)->ended++;
  return event->n_outputs == 2 ? AIR_CONTINUE : AIR_FAIL;
}

static air_action node_begin(void *user, const air_node_event *event) {
  ((counts *)user)->nodes_begun++;
  return event->description->n_inputs == event->n_tensors ? AIR_CONTINUE : AIR_FAIL;
}

static air_action node_end(void *user, const air_node_event *event) {
  ((counts *)user)->nodes_ended++;
  return event->n_columns == 4 && event->values[3] == 1.5 + event->node ? AIR_CONTINUE : AIR_FAIL;
}

static air_action progress(void *user, uint64_t n_done, uint64_t n_total) {
  ((counts *)user)->progress++;
  return n_done <= n_total ? AIR_CONTINUE : AIR_FAIL;
}

static air_callbacks callbacks_for(counts *user) {
  return (air_callbacks){.struct_size = sizeof(air_callbacks),
                         .user = user,
                         .on_sample_begin = sample_begin,
                         .on_sample_end = sample_end,
                         .on_node_begin = node_begin,
                         .on_node_end = node_end,
                         .on_progress = progress};
}

static air_connect_options connect_options(void) {
  return (air_connect_options){.struct_size = sizeof(air_connect_options),
                               .timeout_ms = 10000,
                               .plugin_paths = plugin_files,
                               .n_plugin_paths = n_plugins};
}

static air_runner *connect_to(const char *descriptor) {
  const air_connect_options options = connect_options();
  air_runner *runner = NULL;
  OK(air_connect(descriptor, &options, &runner));
  return runner;
}

static air_runner *connect_plugin(uint32_t i, air_session **session) {
  char descriptor[64];
  snprintf(descriptor, sizeof descriptor, "%s:", plugin_schemes[i]);
  air_runner *runner = connect_to(descriptor);
  OK(air_get_session(runner, "second", session));
  return runner;
}

static const air_result *invoke(air_session *session, uint32_t mode) {
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode};
  const air_result *result = NULL;
  OK(air_invoke(session, N_SAMPLES, inputs, 2, NULL, 0, &options, NULL, &result));
  return result;
}

// ---- Tests

static const char *expected_version;

static void test_supports_older_headers(void **state) {
  (void)state;
  assert_string_equal(air_version(), expected_version);
#ifdef GROWN
  assert_int_equal(air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR), 0);
  assert_int_equal(air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR - 1), 1);
#else
  assert_int_equal(air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR), 1);
  assert_int_equal(air_supports(AIR_ABI_VERSION, AIR_ABI_MINOR + 1), strcmp(expected_version, "tomorrow") == 0);
#endif
  assert_int_equal(air_supports(AIR_ABI_VERSION, 1000), 0);
  assert_int_equal(air_supports(AIR_ABI_VERSION + 1, 0), 0);
}

static void test_invokes_every_plugin(void **state) {
  (void)state;
  for (uint32_t i = 0; i < n_plugins; ++i) {
    air_session *session = NULL;
    air_runner *runner = connect_plugin(i, &session);
    check_model(air_get_model(session), "second");
    counts user = {0};
    const air_callbacks callbacks = callbacks_for(&user);
    const uint32_t keep = 1;
    const air_invoke_options options = {.struct_size = sizeof options,
                                        .mode = AIR_MODE_PER_LAYER_WITH_DATA,
                                        .timeout_ms = 10000,
                                        .warmup = 1,
                                        .repeat = 2,
                                        .n_keep_nodes = 1,
                                        .keep_nodes = &keep};
    const air_result *result = NULL;
    OK(air_invoke(session, N_SAMPLES, inputs, 2, NULL, 0, &options, &callbacks, &result));
    OK(air_disconnect(runner));
    check_model(air_get_result_model(result), "second");
    check_outputs(result, 2);
    check_layers(result);
    assert_int_equal(user.begun, 4);
    assert_int_equal(user.ended, 4);
    assert_int_equal(user.nodes_begun, 8);
    assert_int_equal(user.nodes_ended, 8);
    assert_in_range(user.progress, 1, 4);
    assert_int_equal(air_get_profile(result)->n_runs, 4);
    air_release_result(result);
  }
}

// Values for the first node reach what follows it, and events tell what it computed itself.
static void test_given_values(void **state) {
  (void)state;
  static const float given[N_SAMPLES][3] = {{10, 20, 30}, {0, -1, 2}};
  const air_given values = {.node = 0, .output = 0, .data = given, .size_bytes = sizeof given};
  const uint32_t node = 0;
  for (uint32_t i = 0; i < n_plugins; ++i) {
    air_session *session = NULL;
    air_runner *runner = connect_plugin(i, &session);
    const air_call call = {.struct_size = sizeof call, .timeout_ms = 10000};
    OK(air_prepare(session, &node, 1, &call));
    const air_invoke_options options = {
        .struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA, .given = &values, .n_given = 1};
    const air_result *result = NULL;
    OK(air_invoke(session, N_SAMPLES, inputs, 2, NULL, 0, &options, NULL, &result));
    air_view y, scaled;
    OK(air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES, &y));
    OK(air_get_tensor(result, AIR_PLACE_NODE, 0, 0, AIR_ALL_SAMPLES, &scaled));
    for (int k = 0; k < N_SAMPLES * 3; ++k) {
      assert_true(((const float *)y.data)[k] == ((const float *)given)[k] + 1);
      assert_true(((const float *)scaled.data)[k] == ((const float *)a)[k] * 2);
    }
    air_release_result(result);
    OK(air_prepare(session, NULL, 0, NULL));
    result = invoke(session, AIR_MODE_IO_ONLY);
    check_outputs(result, 2);
    air_release_result(result);
    OK(air_disconnect(runner));
  }
}

static void test_extension_of_every_plugin(void **state) {
  (void)state;
  const air_call call = {.struct_size = sizeof call, .timeout_ms = 10000};
  for (uint32_t i = 0; i < n_plugins; ++i) {
    air_session *session = NULL;
    air_runner *runner = connect_plugin(i, &session);
    assert_int_equal(air_has_extension(runner, AIR_ST_EXTENSION), 1);
    char read[3] = "";
    uint32_t number = 0;
    OK(air_st_memory_write(runner, 2, "ab", 2, &call));
    OK(air_st_memory_read(runner, 2, read, 2, &call));
    OK(air_st_memory_checksum(runner, 0, 16, NULL, &number));
    assert_string_equal(read, "ab");
    assert_int_equal(number, 'a' + 'b');
    FAILS(AIR_ERROR_TARGET, air_st_memory_read(runner, 15, read, 2, &call));
    FAILS(AIR_ERROR_UNSUPPORTED, air_st_self_test(runner, 1, 0, 0, &call, &number));
    OK(air_disconnect(runner));
  }
}

static void take_line(void *user, air_log_level level, const char *message) {
  if (level == AIR_LOG_INFO && strcmp(message, "connected") == 0) ++*(int *)user;
}

static void drop(void *user) {
  *(int *)user += 100;
}

static void test_options_reach_every_plugin(void **state) {
  (void)state;
  for (uint32_t i = 0; i < n_plugins; ++i) {
    int logged = 0;
    const air_log log = {.line = take_line, .drop = drop, .user = &logged, .level = AIR_LOG_INFO};
    const air_option factor[] = {{"factor", "3"}, {"word", "any"}};
    air_connect_options options = connect_options();
    options.options = factor;
    options.n_options = 2;
    options.log = &log;
    options.model_name = "first";
    char descriptor[64];
    snprintf(descriptor, sizeof descriptor, "%s:", plugin_schemes[i]);
    air_runner *runner = NULL;
    air_session *session = NULL;
    OK(air_connect(descriptor, &options, &runner));
    OK(air_get_session(runner, NULL, &session));
    const air_result *result = invoke(session, AIR_MODE_IO_ONLY);
    check_outputs(result, 3);
    air_release_result(result);
    OK(air_disconnect(runner));
    assert_int_equal(logged, 101);

    snprintf(descriptor, sizeof descriptor, "%s:?factor=10", plugin_schemes[i]);
    FAILS(AIR_ERROR_INVALID_DESCRIPTOR, air_connect(descriptor, NULL, &runner));
  }
}

static void test_errors(void **state) {
  (void)state;
  for (uint32_t i = 0; i < n_plugins; ++i) {
    char descriptor[64];
    snprintf(descriptor, sizeof descriptor, "%s:refuse", plugin_schemes[i]);
    const air_connect_options options = connect_options();
    air_runner *runner = NULL;
    FAILS(AIR_ERROR_NO_DEVICE, air_connect(descriptor, &options, &runner));
    const air_error *error = air_retain_error(air_last_error());
    air_set_error(AIR_ERROR_IO, 5, "another one");
    assert_int_equal(error->vendor_code, 77);
    assert_non_null(strstr(error->message, "told to refuse"));
    assert_int_equal(error->n_causes, 1);
    assert_string_equal(error->causes[0], "tried a: no such thing");
    air_release_error(error);
    assert_string_equal(air_last_error()->message, "another one");
  }
}

static void test_tokens(void **state) {
  (void)state;
  air_token *token = air_make_token();
  assert_int_equal(air_is_cancelled(token), 0);
  air_session *session = NULL;
  air_runner *runner = connect_plugin(0, &session), *other = NULL;
  air_cancel(token);
  const air_invoke_options invoke_options = {.struct_size = sizeof invoke_options, .token = token};
  FAILS(AIR_ERROR_CANCELLED, air_invoke(session, N_SAMPLES, inputs, 2, NULL, 0, &invoke_options, NULL, NULL));
  const air_call call = {.struct_size = sizeof call, .timeout_ms = 1000};
  FAILS(AIR_ERROR_UNSUPPORTED, air_ping(runner, &call));
  air_connect_options options = connect_options();
  options.token = token;
  FAILS(AIR_ERROR_CANCELLED, air_connect("null:", &options, &other));
  OK(air_disconnect(runner));
  air_release_token(token);
}

static int has_scheme(const air_plugin *plugin, const char *scheme) {
  for (uint32_t i = 0; i < plugin->n_schemes; ++i) {
    if (strcmp(plugin->schemes[i], scheme) == 0) return 1;
  }
  return 0;
}

static void test_plugins_tell_their_options(void **state) {
  (void)state;
  for (uint32_t i = 0; i < n_plugins; ++i) {
    const air_plugin_list *list = NULL;
    OK(air_load_plugin(plugin_files[i], &list));
    assert_int_equal(list->n_plugins, 1);
    const air_plugin *plugin = list->plugins[0];
    if (plugin->status != AIR_OK) fail_msg("%s: %s", plugin->path, plugin->error);
    assert_true(has_scheme(plugin, plugin_schemes[i]));
    assert_int_equal(plugin->n_options, 2);
    assert_string_equal(plugin->options[1]->key, "factor");
    assert_string_equal(plugin->options[1]->default_value, "2");
    air_free_plugin_list(list);
  }
}

static void test_lists_and_scans(void **state) {
  (void)state;
  const air_connect_options options = connect_options();
  const air_plugin_list *list = NULL;
  OK(air_list_plugins(&options, &list));
  assert_in_range(list->n_plugins, n_plugins, UINT32_MAX);
  for (uint32_t i = 0; i < n_plugins; ++i) assert_string_equal(list->plugins[i]->path, plugin_files[i]);
  air_free_plugin_list(list);

  const air_device_list *devices = NULL;
  OK(air_scan(&options, &devices));
  uint32_t n_found = 0;
  for (uint32_t i = 0; i < devices->n_devices; ++i) {
    const air_device *device = devices->devices[i];
    if (strstr(device->descriptor, ":one") == NULL) continue;
    ++n_found;
    assert_int_equal(device->n_properties, 1);
    assert_string_equal(device->properties[0].value, "0815");
  }
  assert_int_equal(n_found, n_plugins);
  air_free_device_list(devices);
}

static void test_reports(void **state) {
  (void)state;
  air_session *session = NULL;
  air_runner *runner = connect_plugin(0, &session);
  const air_result *result = invoke(session, AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS);
  const air_limit limit = {.metric = AIR_METRIC_RMSE, .min = -INFINITY, .max = 0};
  const air_compare_options options = {.struct_size = sizeof options, .n_limits = 1, .limits = &limit};
  const air_comparison *comparison = NULL;
  OK(air_compare(result, result, &options, &comparison));
  assert_int_equal(comparison->passed, 1);
  assert_int_equal(comparison->n_limits, 1);
  const air_text_options text_options = {.struct_size = sizeof text_options, .width = 100};
  char *text = NULL;
  OK(air_comparison_to_text(comparison, &text_options, &text));
  assert_non_null(strstr(text, "PASS"));
  air_free_text(text);
  OK(air_result_to_text(result, &text_options, &text));
  assert_non_null(strstr(text, "Add (0x2)"));
  air_free_text(text);
  air_release_comparison(comparison);
  air_release_result(result);
  OK(air_disconnect(runner));
}

static void test_results_of_its_own(void **state) {
  (void)state;
  air_session *session = NULL;
  air_runner *runner = connect_plugin(0, &session);
  const air_view outputs[] = {
      {.data = a, .size_bytes = sizeof a, .shape = (int64_t[]){N_SAMPLES, 3}, .rank = 2, .dtype = AIR_DTYPE_FLOAT32},
      {0}};
  const air_profile profile = {.n_samples = N_SAMPLES, .n_runs = N_SAMPLES, .repeat = 1};
  const air_result_parts parts = {
      .struct_size = sizeof parts, .model = air_get_model(session), .profile = &profile, .outputs = outputs};
  const air_result *result = NULL;
  OK(air_make_result(&parts, &result));
  air_view view;
  OK(air_get_tensor(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES, &view));
  assert_memory_equal(view.data, a, sizeof a);
  air_release_result(result);
  OK(air_disconnect(runner));
}

#ifdef GROWN
// A member that the library does not know is used: it must not be passed over.
static void test_later_members_are_refused(void **state) {
  (void)state;
  air_session *session = NULL;
  air_runner *runner = connect_plugin(0, &session), *other = NULL;
  const air_result *result = invoke(session, AIR_MODE_KEEP_INPUTS), *made = NULL;
  const air_comparison *comparison = NULL;
  char *text = NULL;

  air_connect_options connect = connect_options();
  connect.later_text = "later";
  FAILS(AIR_ERROR_INCOMPATIBLE, air_connect("null:", &connect, &other));
  assert_non_null(strstr(air_last_error()->message, "update libairunner"));
  const air_call call = {.struct_size = sizeof call, .later_number = 1};
  FAILS(AIR_ERROR_INCOMPATIBLE, air_ping(runner, &call));
  const air_invoke_options options = {.struct_size = sizeof options, .later_number = 1};
  FAILS(AIR_ERROR_INCOMPATIBLE, air_invoke(session, N_SAMPLES, inputs, 2, NULL, 0, &options, NULL, NULL));
  const air_callbacks callbacks = {.struct_size = sizeof callbacks, .later_number = 1};
  FAILS(AIR_ERROR_INCOMPATIBLE, air_invoke(session, N_SAMPLES, inputs, 2, NULL, 0, NULL, &callbacks, NULL));
  const air_result_parts parts = {.struct_size = sizeof parts,
                                  .model = air_get_model(session),
                                  .profile = air_get_profile(result),
                                  .later_text = ""};
  FAILS(AIR_ERROR_INCOMPATIBLE, air_make_result(&parts, &made));
  const air_compare_options compare = {.struct_size = sizeof compare, .later_number = 1};
  FAILS(AIR_ERROR_INCOMPATIBLE, air_compare(result, result, &compare, &comparison));
  const air_text_options look = {.struct_size = sizeof look, .later_number = 1};
  FAILS(AIR_ERROR_INCOMPATIBLE, air_result_to_text(result, &look, &text));

  air_release_result(result);
  OK(air_disconnect(runner));
}
#endif

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  expected_version = argv[1];
  for (int i = 2; i + 1 < argc && n_plugins < MOST_PLUGINS; i += 2) {
    plugin_files[n_plugins] = argv[i];
    plugin_schemes[n_plugins++] = argv[i + 1];
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_supports_older_headers),
      cmocka_unit_test(test_invokes_every_plugin),
      cmocka_unit_test(test_given_values),
      cmocka_unit_test(test_extension_of_every_plugin),
      cmocka_unit_test(test_options_reach_every_plugin),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_tokens),
      cmocka_unit_test(test_plugins_tell_their_options),
      cmocka_unit_test(test_lists_and_scans),
      cmocka_unit_test(test_reports),
      cmocka_unit_test(test_results_of_its_own),
#ifdef GROWN
      cmocka_unit_test(test_later_members_are_refused),
#endif
  };
  return n_plugins == 0 ? 2 : cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}
