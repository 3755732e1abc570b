// SPDX-License-Identifier: BSD-3-Clause
// JSON, text and CSV of info and profile: valid, complete, equal to the C structs, wrong use.
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "capi.h"

static air_runner *runner;
static air_session *session;

static int set_up(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  return 0;
}

static int tear_down(void **state) {
  air_disconnect(runner);
  return 0;
}

static void run(uint32_t mode) {
  null_io io;
  null_io_init(&io, 3);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  CHECK_OK(air_invoke(session, 3, io.inputs, 2, io.outputs, 2, &options));
}

static cJSON *parsed(char *text) {
  assert_non_null(text);
  const char *end = NULL;
  cJSON *json = cJSON_ParseWithOpts(text, &end, 1);
  if (!json) fail_msg("not JSON: %s", text);
  air_free_text(text);
  return json;
}

static const cJSON *item(const cJSON *object, const char *key) {
  const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
  if (!found) fail_msg("key '%s' is missing", key);
  return found;
}

static void check_text(const cJSON *object, const char *key, const char *want) {
  assert_true(cJSON_IsString(item(object, key)));
  assert_string_equal(item(object, key)->valuestring, want);
}

static void check_number(const cJSON *object, const char *key, double want) {
  assert_true(cJSON_IsNumber(item(object, key)));
  assert_true(item(object, key)->valuedouble == want);
}

static void check_tensors(const cJSON *array, const air_tensor_info *const *infos, uint32_t n) {
  assert_int_equal(cJSON_GetArraySize(array), n);
  for (uint32_t i = 0; i < n; ++i) {
    const cJSON *tensor = cJSON_GetArrayItem(array, (int)i);
    check_text(tensor, "name", infos[i]->name);
    const cJSON *shape = item(tensor, "shape");
    assert_int_equal(cJSON_GetArraySize(shape), infos[i]->rank);
    for (uint32_t d = 0; d < infos[i]->rank; ++d) {
      assert_true(cJSON_GetArrayItem(shape, (int)d)->valuedouble == (double)infos[i]->shape[d]);
    }
    assert_non_null(strstr(item(tensor, "type")->valuestring, air_dtype_name(infos[i]->dtype)));
  }
}

static void test_info_json(void **state) {
  char *text = NULL;
  CHECK_OK(air_info_to_json(session, 0, &text));
  cJSON *json = parsed(text);
  const air_model_info *info = info_of(session);
  static const char *const keys[] = {
      "schema", "name",    "model_datetime", "compile_datetime", "hash",     "n_nodes", "macc",
      "inputs", "outputs", "weights",        "activations",      "mempools", "runtime", "device"};
  for (size_t i = 0; i < ARRAY_SIZE(keys); ++i) item(json, keys[i]);
  check_text(json, "name", info->name);
  check_number(json, "n_nodes", info->n_nodes);
  check_tensors(item(json, "inputs"), info->inputs, info->n_inputs);
  check_tensors(item(json, "outputs"), info->outputs, info->n_outputs);
  check_text(item(json, "runtime"), "name", info->runtime->name);
  check_text(item(json, "device"), "dev_type", info->device->dev_type);
  cJSON_Delete(json);
}

static void test_profile_json(void **state) {
  run(AIR_MODE_PER_LAYER);
  char *text = NULL;
  CHECK_OK(air_profile_to_json(session, 0, &text));
  cJSON *json = parsed(text);
  const air_profile *profile = profile_of(session);
  item(json, "info");
  item(json, "mode");
  item(json, "debug");
  const cJSON *durations = item(json, "c_durations");
  assert_int_equal(cJSON_GetArraySize(durations), profile->n_durations);
  for (int s = 0; s < 3; ++s) {
    const double got = cJSON_GetArrayItem(durations, s)->valuedouble;
    assert_true(got >= profile->durations_ms[s] * 0.999999 && got <= profile->durations_ms[s] * 1.000001);
  }
  const cJSON *nodes = item(json, "c_nodes");
  assert_int_equal(cJSON_GetArraySize(nodes), N_NODES);
  for (int n = 0; n < N_NODES; ++n) {
    const cJSON *node = cJSON_GetArrayItem(nodes, n);
    check_text(node, "name", profile->nodes[n]->info->name);
    check_text(node, "layer_desc", profile->nodes[n]->info->description);
    check_number(node, "layer_type", profile->nodes[n]->info->type);
    assert_int_equal(cJSON_GetArraySize(item(node, "c_durations")), 3);
  }
  cJSON_Delete(json);
}

static void test_profile_json_without_nodes(void **state) {
  run(AIR_MODE_IO_ONLY);
  char *text = NULL;
  CHECK_OK(air_profile_to_json(session, 0, &text));
  cJSON *json = parsed(text);
  assert_true(cJSON_IsArray(item(json, "c_nodes")));
  assert_int_equal(cJSON_GetArraySize(item(json, "c_nodes")), 0);
  cJSON_Delete(json);
}

static void test_profile_json_with_data(void **state) {
  run(AIR_MODE_PER_LAYER_WITH_DATA);
  char *text = NULL;
  CHECK_OK(air_profile_to_json(session, AIR_JSON_DATA, &text));
  cJSON *json = parsed(text);
  const air_profile *profile = profile_of(session);
  const cJSON *data = item(cJSON_GetArrayItem(item(json, "c_nodes"), 1), "data");
  assert_int_equal(cJSON_GetArraySize(data), 1);
  const cJSON *flat = cJSON_GetArrayItem(data, 0);
  assert_int_equal(cJSON_GetArraySize(flat), 3 * N_OUT1);
  const int8_t *want = profile->nodes[1]->data[0];
  int i = 0;
  const cJSON *element = NULL;
  cJSON_ArrayForEach(element, flat) {
    assert_true(element->valuedouble == (double)want[i]);
    ++i;
  }
  cJSON_Delete(json);
}

static void test_compact_json_is_one_line(void **state) {
  run(AIR_MODE_PER_LAYER);
  char *text = NULL;
  CHECK_OK(air_profile_to_json(session, AIR_JSON_COMPACT, &text));
  assert_null(strchr(text, '\n'));
  cJSON_Delete(parsed(text));
  CHECK_OK(air_info_to_json(session, AIR_JSON_COMPACT, &text));
  assert_null(strchr(text, '\n'));
  cJSON_Delete(parsed(text));
  CHECK_OK(air_info_to_json(session, 0, &text));
  assert_non_null(strchr(text, '\n'));
  cJSON_Delete(parsed(text));
}

static size_t longest_line(const char *text) {
  size_t longest = 0;
  while (*text) {
    size_t columns = 0;
    for (; *text && *text != '\n'; ++text) columns += (*text & 0xC0) != 0x80;
    if (columns > longest) longest = columns;
    if (*text) ++text;
  }
  return longest;
}

static void check_text_report(air_status (*report)(const air_session *, const air_text_options *, char **)) {
  char *plain = NULL, *narrow = NULL, *colourful = NULL, *verbose = NULL;
  CHECK_OK(report(session, NULL, &plain));
  assert_non_null(strstr(plain, "network"));
  assert_null(strchr(plain, '\033'));

  air_text_options options = AIR_TEXT_OPTIONS_INIT;
  options.width = 60;
  CHECK_OK(report(session, &options, &narrow));
  assert_true(longest_line(narrow) <= 60);

  options = (air_text_options)AIR_TEXT_OPTIONS_INIT;
  options.colour = 1;
  CHECK_OK(report(session, &options, &colourful));
  assert_non_null(strchr(colourful, '\033'));

  options.colour = 0;
  options.verbose = 1;
  CHECK_OK(report(session, &options, &verbose));
  assert_true(strlen(verbose) >= strlen(plain));
  options.width = 1;
  char *absurd = NULL;
  CHECK_OK(report(session, &options, &absurd));

  air_free_text(plain);
  air_free_text(narrow);
  air_free_text(colourful);
  air_free_text(verbose);
  air_free_text(absurd);
}

static void test_text(void **state) {
  run(AIR_MODE_PER_LAYER);
  check_text_report(air_info_to_text);
  check_text_report(air_profile_to_text);
  char *text = NULL;
  CHECK_OK(air_profile_to_text(session, NULL, &text));
  for (uint32_t n = 0; n < N_NODES; ++n)
    assert_non_null(strstr(text, profile_of(session)->nodes[n]->info->description));
  assert_non_null(strstr(text, "p50"));
  assert_non_null(strstr(text, "p99"));
  air_free_text(text);
}

static unsigned n_lines(const char *text) {
  unsigned n = 0;
  for (; *text; ++text) n += *text == '\n';
  return n;
}

static void test_csv(void **state) {
  char *text = NULL;
  run(AIR_MODE_PER_LAYER);
  CHECK_OK(air_profile_to_csv(session, &text));
  assert_int_equal(n_lines(text), 1 + N_NODES);
  assert_non_null(strstr(text, "add_bias"));
  air_free_text(text);
  run(AIR_MODE_IO_ONLY);
  CHECK_OK(air_profile_to_csv(session, &text));
  assert_int_equal(n_lines(text), 2);
  air_free_text(text);
}

static void test_trace_and_page(void **state) {
  run(AIR_MODE_PER_LAYER);
  char *trace = NULL, *json = NULL, *page = NULL;
  CHECK_OK(air_profile_to_trace(session, &trace));
  cJSON *tree = parsed(trace);
  assert_int_equal(cJSON_GetArraySize(item(tree, "traceEvents")), 1 + 3 * 2 + 1 + 3 * (2 + N_NODES));
  cJSON_Delete(tree);
  CHECK_OK(air_profile_to_json(session, 0, &json));
  const air_document documents[] = {{"first", json}, {NULL, json}};
  CHECK_OK(air_render_html(documents, 2, &page));
  assert_non_null(strstr(page, "add_bias"));
  assert_non_null(strstr(page, air_get_descriptor(runner)));
  assert_non_null(strstr(page, air_get_host()));
  air_free_text(page);
  const air_document bad[] = {{"first", json}, {"second", "{\"schema\": 1}"}};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_render_html(bad, 2, &page));
  assert_string_equal(air_last_error()->message, "second.schema: expected a text, got a number");
  const air_document none = {NULL, NULL};
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_render_html(&none, 1, &page));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_render_html(NULL, 1, &page));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_render_html(documents, 0, &page));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_render_html(documents, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_trace(session, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_trace(NULL, &trace));
  air_free_text(json);
}

static void test_reports_after_a_failure(void **state) {
  air_runner *failing = connect_to("null:?fail_at=1");
  air_session *of = first_session(failing);
  null_io io;
  null_io_init(&io, 2);
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = AIR_MODE_PER_LAYER_WITH_DATA;
  CHECK_FAILS(AIR_ERROR_RUN_FAILED, air_invoke(of, 2, io.inputs, 2, io.outputs, 2, &options));
  char *json = NULL, *table = NULL, *csv = NULL;
  CHECK_OK(air_profile_to_json(of, AIR_JSON_DATA, &json));
  CHECK_OK(air_profile_to_text(of, NULL, &table));
  CHECK_OK(air_profile_to_csv(of, &csv));
  cJSON_Delete(parsed(json));
  air_free_text(table);
  air_free_text(csv);
  air_disconnect(failing);
}

static void test_wrong_use(void **state) {
  run(AIR_MODE_IO_ONLY);
  char *const marker = (char *)(uintptr_t)0x10;
  char *text = marker;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_info_to_json(NULL, 0, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_info_to_text(NULL, NULL, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_json(NULL, 0, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_text(NULL, NULL, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_csv(NULL, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_info_to_json(session, 4, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_json(session, 1u << 31, &text));
  assert_ptr_equal(text, marker);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_info_to_json(session, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_info_to_text(session, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_json(session, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_text(session, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_profile_to_csv(session, NULL));
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_info_json),
      WITH_RUNNER(test_profile_json),
      WITH_RUNNER(test_profile_json_without_nodes),
      WITH_RUNNER(test_profile_json_with_data),
      WITH_RUNNER(test_compact_json_is_one_line),
      WITH_RUNNER(test_text),
      WITH_RUNNER(test_csv),
      WITH_RUNNER(test_trace_and_page),
      WITH_RUNNER(test_reports_after_a_failure),
      WITH_RUNNER(test_wrong_use),
  };
  return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}
