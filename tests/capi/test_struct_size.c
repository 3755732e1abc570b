// SPDX-License-Identifier: BSD-3-Clause
// struct_size of every struct that the caller fills: too small, too large with a zero tail, too large with something in the tail.
#include <stdlib.h>
#include <string.h>

#include "airunner_report.h"
#include "airunner_st.h"
#include "capi.h"

static air_runner *runner;
static air_session *session;
static const air_result *kept;

static air_status use_connect_options(void *options) {
  air_runner *other = NULL;
  const air_status status = air_connect("null:", options, &other);
  air_disconnect(other);
  return status;
}

static air_status use_list_options(void *options) {
  const air_plugin_list *list = NULL;
  const air_status status = air_list_plugins(options, &list);
  air_free_plugin_list(list);
  return status;
}

static air_status use_scan_options(void *options) {
  const air_device_list *list = NULL;
  const air_status status = air_scan(options, &list);
  air_free_device_list(list);
  return status;
}

static air_status use_ping_call(void *call) {
  return air_ping(runner, call);
}

static air_status use_reconnect_call(void *call) {
  return air_reconnect(runner, call);
}

static air_status use_reset_call(void *call) {
  return air_reset_states(session, call);
}

static air_status use_prepare_call(void *call) {
  return air_prepare(session, NULL, 0, call);
}

static air_status use_read_call(void *call) {
  char byte = 0;
  return air_st_memory_read(runner, 0, &byte, 1, call);
}

static air_status use_write_call(void *call) {
  return air_st_memory_write(runner, 0, "", 1, call);
}

static air_status use_checksum_call(void *call) {
  uint32_t checksum = 0;
  return air_st_memory_checksum(runner, 0, 1, call, &checksum);
}

static air_status use_self_test_call(void *call) {
  uint32_t value = 0;
  return air_st_self_test(runner, 0, 0, 0, call, &value);
}

static air_status use_invoke_options(void *options) {
  null_io io;
  null_io_init(&io, 1);
  return air_invoke(session, 1, io.inputs, 2, NULL, 0, options, NULL, NULL);
}

static air_status use_callbacks(void *callbacks) {
  null_io io;
  null_io_init(&io, 1);
  return air_invoke(session, 1, io.inputs, 2, NULL, 0, NULL, callbacks, NULL);
}

static air_status use_result_parts(void *memory) {
  air_result_parts *parts = memory;
  if (parts->struct_size >= sizeof *parts) {
    parts->model = air_get_result_model(kept);
    parts->profile = air_get_profile(kept);
  }
  const air_result *result = NULL;
  const air_status status = air_make_result(parts, &result);
  air_release_result(result);
  return status;
}

static air_status use_model_text_options(void *options) {
  char *text = NULL;
  const air_status status = air_model_to_text(air_get_model(session), options, &text);
  air_free_text(text);
  return status;
}

static air_status use_result_text_options(void *options) {
  char *text = NULL;
  const air_status status = air_result_to_text(kept, options, &text);
  air_free_text(text);
  return status;
}

static air_status use_compare_options(void *options) {
  const air_comparison *comparison = NULL;
  const air_status status = air_compare(kept, kept, options, &comparison);
  air_release_comparison(comparison);
  return status;
}

static air_status use_comparison_text_options(void *options) {
  const air_comparison *comparison = NULL;
  CHECK_OK(air_compare(kept, kept, NULL, &comparison));
  char *text = NULL;
  const air_status status = air_comparison_to_text(comparison, options, &text);
  air_free_text(text);
  air_release_comparison(comparison);
  return status;
}

/** What takes a struct that its caller fills, and what it answers when all is well. */
static const struct {
  const char *name;
  size_t size;
  air_status (*use)(void *);
  air_status well;
} users[] = {
    {"air_connect_options of air_connect", sizeof(air_connect_options), use_connect_options, AIR_OK},
    {"air_connect_options of air_list_plugins", sizeof(air_connect_options), use_list_options, AIR_OK},
    {"air_connect_options of air_scan", sizeof(air_connect_options), use_scan_options, AIR_OK},
    {"air_call of air_ping", sizeof(air_call), use_ping_call, AIR_ERROR_UNSUPPORTED},
    {"air_call of air_reconnect", sizeof(air_call), use_reconnect_call, AIR_ERROR_UNSUPPORTED},
    {"air_call of air_reset_states", sizeof(air_call), use_reset_call, AIR_OK},
    {"air_call of air_prepare", sizeof(air_call), use_prepare_call, AIR_OK},
    {"air_call of air_st_memory_read", sizeof(air_call), use_read_call, AIR_ERROR_UNSUPPORTED},
    {"air_call of air_st_memory_write", sizeof(air_call), use_write_call, AIR_ERROR_UNSUPPORTED},
    {"air_call of air_st_memory_checksum", sizeof(air_call), use_checksum_call, AIR_ERROR_UNSUPPORTED},
    {"air_call of air_st_self_test", sizeof(air_call), use_self_test_call, AIR_ERROR_UNSUPPORTED},
    {"air_invoke_options", sizeof(air_invoke_options), use_invoke_options, AIR_OK},
    {"air_callbacks", sizeof(air_callbacks), use_callbacks, AIR_OK},
    {"air_result_parts", sizeof(air_result_parts), use_result_parts, AIR_OK},
    {"air_text_options of air_model_to_text", sizeof(air_text_options), use_model_text_options, AIR_OK},
    {"air_text_options of air_result_to_text", sizeof(air_text_options), use_result_text_options, AIR_OK},
    {"air_text_options of air_comparison_to_text", sizeof(air_text_options), use_comparison_text_options, AIR_OK},
    {"air_compare_options", sizeof(air_compare_options), use_compare_options, AIR_OK},
};

// The struct lies at the very end of its memory, so that reading beyond struct_size is seen by sanitizers.
static air_status use_with_size(size_t user, uint32_t struct_size, unsigned char last_byte) {
  const size_t memory = struct_size < sizeof(uint32_t) ? sizeof(uint32_t) : struct_size;
  unsigned char *bytes = calloc(1, memory);
  assert_non_null(bytes);
  if (struct_size > users[user].size) bytes[memory - 1] = last_byte;
  memcpy(bytes, &struct_size, sizeof struct_size);
  const air_status status = users[user].use(bytes);
  free(bytes);
  return status;
}

static void check_one(size_t user, uint32_t struct_size, unsigned char last_byte, air_status expected) {
  const air_status status = use_with_size(user, struct_size, last_byte);
  if (status != expected) {
    fail_msg("%s: %s, expected %s", users[user].name, air_status_name(status), air_status_name(expected));
  }
  CHECK_FAILS(expected, status);
}

static void check_accepted(uint32_t (*size_of)(size_t own)) {
  for (size_t i = 0; i < ARRAY_SIZE(users); ++i) check_one(i, size_of(users[i].size), 0, users[i].well);
}

static void check_refused(uint32_t (*size_of)(size_t own), unsigned char last_byte, air_status expected) {
  for (size_t i = 0; i < ARRAY_SIZE(users); ++i) check_one(i, size_of(users[i].size), last_byte, expected);
}

static uint32_t own_size(size_t own) {
  return (uint32_t)own;
}
static uint32_t zero_size(size_t own) {
  return 0 * (uint32_t)own;
}
static uint32_t size_of_size(size_t own) {
  return own > 4 ? 4 : 0;
}
static uint32_t one_less(size_t own) {
  return (uint32_t)own - 1;
}
static uint32_t one_more(size_t own) {
  return (uint32_t)own + 1;
}
static uint32_t much_more(size_t own) {
  return (uint32_t)own + 512;
}

static void test_exact(void **state) {
  check_accepted(own_size);
}
static void test_zero(void **state) {
  check_refused(zero_size, 0, AIR_ERROR_INVALID_ARGUMENT);
}

// This is the first release: no older header has a smaller struct.
static void test_smaller(void **state) {
  check_refused(size_of_size, 0, AIR_ERROR_INVALID_ARGUMENT);
  check_refused(one_less, 0, AIR_ERROR_INVALID_ARGUMENT);
}

static void test_larger_with_zero_tail(void **state) {
  check_accepted(one_more);
  check_accepted(much_more);
}

static void test_larger_with_something_in_the_tail(void **state) {
  check_refused(one_more, 1, AIR_ERROR_INCOMPATIBLE);
  check_refused(much_more, 0x80, AIR_ERROR_INCOMPATIBLE);
}

// A size that no struct will ever have is refused without looking at the memory it speaks of.
static void test_absurd(void **state) {
  for (size_t i = 0; i < ARRAY_SIZE(users); ++i) {
    const uint32_t absurd[] = {UINT32_MAX, 0x7fffffff, 1u << 20};
    for (size_t k = 0; k < ARRAY_SIZE(absurd); ++k) {
      unsigned char *bytes = calloc(1, users[i].size);
      assert_non_null(bytes);
      memcpy(bytes, &absurd[k], sizeof absurd[k]);
      CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, users[i].use(bytes));
      free(bytes);
    }
  }
}

// The default of every struct that a caller fills is zero behind its size: a program may say so without knowing the members.
static void test_zero_is_the_default(void **state) {
  null_io io;
  null_io_init(&io, 2);
  const air_invoke_options options = {.struct_size = sizeof options};
  const air_result *plain = null_invoke_kept(session, &io, NULL, NULL);
  const air_result *same = null_invoke_kept(session, &io, &options, NULL);
  const air_profile *first = profile_of(plain), *second = profile_of(same);
  assert_int_equal(first->mode, second->mode);
  assert_int_equal(first->io_mode, second->io_mode);
  assert_int_equal(first->n_runs, second->n_runs);
  air_release_result(plain);
  air_release_result(same);
}

static int set_up(void **state) {
  runner = connect_to("null:?stateful=1");
  session = first_session(runner);
  null_io io;
  null_io_init(&io, 1);
  const air_invoke_options options = {.struct_size = sizeof options, .mode = AIR_MODE_KEEP_INPUTS};
  kept = null_invoke_kept(session, &io, &options, NULL);
  return 0;
}

static int tear_down(void **state) {
  air_release_result(kept);
  CHECK_OK(air_disconnect(runner));
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_exact),
      cmocka_unit_test(test_zero),
      cmocka_unit_test(test_smaller),
      cmocka_unit_test(test_larger_with_zero_tail),
      cmocka_unit_test(test_larger_with_something_in_the_tail),
      cmocka_unit_test(test_absurd),
      cmocka_unit_test(test_zero_is_the_default),
  };
  return cmocka_run_group_tests_name("struct_size", tests, set_up, tear_down);
}
