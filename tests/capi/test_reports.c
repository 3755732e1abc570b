// SPDX-License-Identifier: BSD-3-Clause
// JSON, text, CSV, trace and page of models and results: valid, complete, equal to the C structs, wrong use.
#include <cjson/cJSON.h>
#include <string.h>

#include "airunner_report.h"
#include "capi.h"

static air_runner *runner;
static air_session *session;
static const air_model *model;

static int set_up(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  model = model_of(session);
  return 0;
}

static int tear_down(void **state) {
  return air_disconnect(runner) == AIR_OK ? 0 : -1;
}

static const air_result *run(uint32_t mode) {
  null_io io;
  null_io_init(&io, 3);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = mode};
  return null_invoke(session, &io, &options, NULL);
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

// In documents shapes begin with the samples, as arrays have them: one.
static void check_tensors(const cJSON *array, const air_tensor *const *tensors, uint32_t n) {
  assert_int_equal(cJSON_GetArraySize(array), n);
  for (uint32_t i = 0; i < n; ++i) {
    const cJSON *tensor = cJSON_GetArrayItem(array, (int)i);
    check_text(tensor, "name", tensors[i]->name);
    const cJSON *shape = item(tensor, "shape");
    assert_int_equal(cJSON_GetArraySize(shape), 1 + tensors[i]->rank);
    assert_true(cJSON_GetArrayItem(shape, 0)->valuedouble == 1);
    for (uint32_t d = 0; d < tensors[i]->rank; ++d) {
      assert_true(cJSON_GetArrayItem(shape, (int)d + 1)->valuedouble == (double)tensors[i]->shape[d]);
    }
    assert_non_null(strstr(item(tensor, "type")->valuestring, air_dtype_name(tensors[i]->dtype)));
  }
}

static void test_model_json(void **state) {
  char *text = NULL;
  CHECK_OK(air_model_to_json(model, 0, &text));
  cJSON *json = parsed(text);
  static const char *const keys[] = {
      "schema", "name",    "model_datetime", "compile_datetime", "hash",     "n_nodes", "macc",
      "inputs", "outputs", "weights",        "activations",      "mempools", "runtime", "device"};
  for (size_t i = 0; i < ARRAY_SIZE(keys); ++i) item(json, keys[i]);
  check_text(json, "name", model->name);
  check_number(json, "n_nodes", N_NODES);
  check_tensors(item(json, "inputs"), model->inputs, model->n_inputs);
  check_tensors(item(json, "outputs"), model->outputs, model->n_outputs);
  check_text(item(json, "runtime"), "name", air_get_property(model, "runtime"));
  check_text(item(json, "device"), "dev_type", air_get_property(model, "device.type"));
  cJSON_Delete(json);
}

static void test_result_json(void **state) {
  const air_result *result = run(AIR_MODE_PER_LAYER);
  char *text = NULL;
  CHECK_OK(air_result_to_json(result, 0, &text));
  cJSON *json = parsed(text);
  item(json, "info");
  item(json, "mode");
  item(json, "debug");
  const double *times = values_of(result, "time.device", AIR_WHOLE_RUN);
  const cJSON *durations = item(json, "c_durations");
  assert_int_equal(cJSON_GetArraySize(durations), 3);
  for (int s = 0; s < 3; ++s) {
    const double got = cJSON_GetArrayItem(durations, s)->valuedouble;
    assert_true(got >= times[s] * 0.999999 && got <= times[s] * 1.000001);
  }
  const cJSON *nodes = item(json, "c_nodes");
  assert_int_equal(cJSON_GetArraySize(nodes), N_NODES);
  for (int n = 0; n < N_NODES; ++n) {
    const cJSON *node = cJSON_GetArrayItem(nodes, n);
    const air_node *want = air_get_result_model(result)->nodes[n];
    check_text(node, "name", want->name);
    check_text(node, "layer_desc", want->operation);
    check_number(node, "layer_type", want->operation_code);
    assert_int_equal(cJSON_GetArraySize(item(node, "c_durations")), 3);
  }
  cJSON_Delete(json);
  air_release_result(result);
}

static void test_result_json_without_nodes(void **state) {
  air_release_result(run(AIR_MODE_PER_LAYER));  // nodes that an earlier run made known are not those of this one
  const air_result *result = run(AIR_MODE_IO_ONLY);
  char *text = NULL;
  CHECK_OK(air_result_to_json(result, 0, &text));
  cJSON *json = parsed(text);
  assert_true(cJSON_IsArray(item(json, "c_nodes")));
  assert_int_equal(cJSON_GetArraySize(item(json, "c_nodes")), 0);
  cJSON_Delete(json);
  air_release_result(result);
}

static void test_result_json_with_data(void **state) {
  const air_result *result = run(AIR_MODE_PER_LAYER_WITH_DATA);
  char *text = NULL;
  CHECK_OK(air_result_to_json(result, AIR_JSON_DATA, &text));
  cJSON *json = parsed(text);
  const cJSON *data = item(cJSON_GetArrayItem(item(json, "c_nodes"), 1), "data");
  assert_int_equal(cJSON_GetArraySize(data), 1);
  const cJSON *flat = cJSON_GetArrayItem(data, 0);
  assert_int_equal(cJSON_GetArraySize(flat), 3 * N_OUT1);
  const int8_t *want = tensor_of(result, AIR_PLACE_NODE, 1, 0, AIR_ALL_SAMPLES).data;
  int i = 0;
  const cJSON *element = NULL;
  cJSON_ArrayForEach(element, flat) {
    assert_true(element->valuedouble == (double)want[i]);
    ++i;
  }
  cJSON_Delete(json);
  air_release_result(result);
}

static void test_compact_json_is_one_line(void **state) {
  const air_result *result = run(AIR_MODE_PER_LAYER);
  char *text = NULL;
  CHECK_OK(air_result_to_json(result, AIR_JSON_COMPACT, &text));
  assert_null(strchr(text, '\n'));
  cJSON_Delete(parsed(text));
  CHECK_OK(air_model_to_json(model, AIR_JSON_COMPACT, &text));
  assert_null(strchr(text, '\n'));
  cJSON_Delete(parsed(text));
  CHECK_OK(air_model_to_json(model, 0, &text));
  assert_non_null(strchr(text, '\n'));
  cJSON_Delete(parsed(text));
  air_release_result(result);
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

typedef air_status (*reporter)(const void *value, const air_text_options *options, char **out_text);

static air_status report_model(const void *value, const air_text_options *options, char **out_text) {
  return air_model_to_text(value, options, out_text);
}

static air_status report_result(const void *value, const air_text_options *options, char **out_text) {
  return air_result_to_text(value, options, out_text);
}

static void check_text_report(reporter report, const void *value) {
  char *plain = NULL, *narrow = NULL, *colourful = NULL, *verbose = NULL, *absurd = NULL;
  CHECK_OK(report(value, NULL, &plain));
  assert_non_null(strstr(plain, "network"));
  assert_null(strchr(plain, '\033'));

  air_text_options options = {.struct_size = sizeof options, .width = 60};
  CHECK_OK(report(value, &options, &narrow));
  assert_true(longest_line(narrow) <= 60);

  options.width = 0;
  options.colour = 1;
  CHECK_OK(report(value, &options, &colourful));
  assert_non_null(strchr(colourful, '\033'));

  options.colour = 0;
  options.verbose = 1;
  CHECK_OK(report(value, &options, &verbose));
  assert_true(strlen(verbose) >= strlen(plain));
  options.width = 1;
  CHECK_OK(report(value, &options, &absurd));

  air_free_text(plain);
  air_free_text(narrow);
  air_free_text(colourful);
  air_free_text(verbose);
  air_free_text(absurd);
}

static void test_text(void **state) {
  const air_result *result = run(AIR_MODE_PER_LAYER);
  check_text_report(report_model, model);
  check_text_report(report_result, result);
  char *text = NULL;
  CHECK_OK(air_result_to_text(result, NULL, &text));
  for (uint32_t n = 0; n < N_NODES; ++n) {
    assert_non_null(strstr(text, air_get_result_model(result)->nodes[n]->name));
  }
  assert_non_null(strstr(text, "p50"));
  assert_non_null(strstr(text, "p99"));
  air_free_text(text);
  air_release_result(result);
}

static unsigned n_lines(const char *text) {
  unsigned n = 0;
  for (; *text; ++text) n += *text == '\n';
  return n;
}

static void test_csv(void **state) {
  static const struct {
    uint32_t mode;
    unsigned n_lines;
  } cases[] = {{AIR_MODE_PER_LAYER, 1 + N_NODES}, {AIR_MODE_IO_ONLY, 2}};
  for (size_t i = 0; i < ARRAY_SIZE(cases); ++i) {
    const air_result *result = run(cases[i].mode);
    char *text = NULL;
    CHECK_OK(air_result_to_csv(result, &text));
    assert_int_equal(n_lines(text), cases[i].n_lines);
    assert_int_equal(strstr(text, "add_bias") != NULL, i == 0);
    air_free_text(text);
    air_release_result(result);
  }
}

static void test_trace(void **state) {
  const air_result *result = run(AIR_MODE_PER_LAYER);
  char *trace = NULL;
  CHECK_OK(air_result_to_trace(result, &trace));
  cJSON *tree = parsed(trace);
  assert_int_equal(cJSON_GetArraySize(item(tree, "traceEvents")), 1 + 3 * 2 + 1 + 3 * (2 + N_NODES));
  cJSON_Delete(tree);
  air_release_result(result);
}

static void test_page(void **state) {
  const air_result *result = run(AIR_MODE_PER_LAYER);
  char *json = NULL, *page = NULL;
  CHECK_OK(air_result_to_json(result, 0, &json));
  const air_document documents[] = {{"first", json}, {NULL, json}};
  CHECK_OK(air_render_html(documents, 2, &page));
  assert_non_null(strstr(page, "add_bias"));
  assert_non_null(strstr(page, model->descriptor));
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
  air_free_text(json);
  air_release_result(result);
}

static void test_profiles_compared(void **state) {
  const air_result *result = run(AIR_MODE_PER_LAYER);
  char *json = NULL, *decision = NULL;
  CHECK_OK(air_result_to_json(result, 0, &json));
  const air_document run_of[] = {{"a", json}, {"b", json}, {NULL, json}, {NULL, json}, {NULL, json}};
  const char *const texts[] = {"memory=0%", "p50=50%"};
  const air_regression_options options = {.struct_size = sizeof options, .n_limits = 2, .limits = texts};
  CHECK_OK(air_compare_profiles(run_of, 5, run_of, 5, &options, AIR_JSON_COMPACT, &decision));
  assert_null(strchr(decision, '\n'));
  cJSON *document = parsed(decision);
  check_text(document, "schema", "airunner.regression/1");
  check_text(document, "verdict", "no regression");
  assert_int_equal(cJSON_GetArraySize(item(document, "limits")), 2);
  cJSON_Delete(document);
  CHECK_OK(air_compare_profiles(run_of, 1, run_of, 1, NULL, 0, &decision));
  document = parsed(decision);
  check_text(document, "verdict", "cannot tell");
  cJSON_Delete(document);

  const air_regression_options no_limits = {.struct_size = sizeof options, .n_limits = 1};
  const char *const wrong[] = {"p50"};
  const air_regression_options wrong_limit = {.struct_size = sizeof options, .n_limits = 1, .limits = wrong};
  const air_regression_options no_size = {.n_limits = 0};
  const air_document bad = {"second", "{\"schema\": 1}"};
  CHECK_FAILS(AIR_ERROR_INVALID_INPUT, air_compare_profiles(run_of, 1, &bad, 1, NULL, 0, &decision));
  assert_string_equal(air_last_error()->message, "second.schema: expected a text, got a number");
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_profiles(run_of, 1, run_of, 1, &wrong_limit, 0, &decision));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_profiles(run_of, 1, run_of, 1, &no_limits, 0, &decision));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_profiles(run_of, 1, run_of, 1, &no_size, 0, &decision));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_profiles(run_of, 0, run_of, 1, NULL, 0, &decision));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_profiles(run_of, 1, NULL, 1, NULL, 0, &decision));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_profiles(run_of, 1, run_of, 1, NULL, 4, &decision));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_compare_profiles(run_of, 1, run_of, 1, NULL, 0, NULL));
  air_free_text(json);
  air_release_result(result);
}

// Reports are functions of values: what the session does afterwards changes nothing, nor that it has gone.
static void test_reports_without_runner(void **state) {
  air_runner *other = connect_to("null:");
  null_io io;
  null_io_init(&io, 2);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA};
  const air_result *result = null_invoke(first_session(other), &io, &options, NULL);
  char *before = NULL, *after = NULL;
  CHECK_OK(air_result_to_json(result, AIR_JSON_DATA, &before));
  null_io_init(&io, 7);
  air_release_result(null_invoke(first_session(other), &io, NULL, NULL));
  CHECK_OK(air_disconnect(other));
  CHECK_OK(air_result_to_json(result, AIR_JSON_DATA, &after));
  assert_string_equal(before, after);
  air_free_text(before);
  air_free_text(after);
  air_release_result(result);
}

// A report that goes well leaves the error of the call before alone: a program reports what was done, and then why it was not more.
static void test_reports_after_a_failure(void **state) {
  air_runner *failing = connect_to("null:?fail_at=1");
  null_io io;
  null_io_init(&io, 2);
  const air_invoke_options options = {.struct_size = sizeof options,
                                      .mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_PARTIAL};
  const air_result *result = NULL;
  CHECK_FAILS(AIR_ERROR_RUN_FAILED,
              air_invoke(first_session(failing), 2, io.inputs, 2, NULL, 0, &options, NULL, &result));
  const air_error *error = air_last_error();
  char *json = NULL, *table = NULL, *csv = NULL, *trace = NULL;
  CHECK_OK(air_result_to_json(result, AIR_JSON_DATA, &json));
  CHECK_OK(air_result_to_text(result, NULL, &table));
  CHECK_OK(air_result_to_csv(result, &csv));
  CHECK_OK(air_result_to_trace(result, &trace));
  assert_ptr_equal(air_last_error(), error);
  assert_int_equal(error->vendor_code, 1001);
  cJSON_Delete(parsed(json));
  air_free_text(table);
  air_free_text(csv);
  air_free_text(trace);
  air_release_result(result);
  air_disconnect(failing);
}

static void test_wrong_use(void **state) {
  const air_result *result = run(AIR_MODE_IO_ONLY);
  char *const marker = (char *)(uintptr_t)0x10;
  char *text = marker;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_model_to_json(NULL, 0, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_model_to_text(NULL, NULL, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_json(NULL, 0, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_text(NULL, NULL, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_csv(NULL, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_trace(NULL, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_model_to_json(model, 4, &text));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_json(result, 1u << 31, &text));
  assert_ptr_equal(text, marker);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_model_to_json(model, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_model_to_text(model, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_json(result, 0, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_text(result, NULL, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_csv(result, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_result_to_trace(result, NULL));
  air_release_result(result);
}

#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_RUNNER(test_model_json),
      WITH_RUNNER(test_result_json),
      WITH_RUNNER(test_result_json_without_nodes),
      WITH_RUNNER(test_result_json_with_data),
      WITH_RUNNER(test_compact_json_is_one_line),
      WITH_RUNNER(test_text),
      WITH_RUNNER(test_csv),
      WITH_RUNNER(test_trace),
      WITH_RUNNER(test_page),
      WITH_RUNNER(test_profiles_compared),
      WITH_RUNNER(test_reports_without_runner),
      WITH_RUNNER(test_reports_after_a_failure),
      WITH_RUNNER(test_wrong_use),
  };
  return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}
