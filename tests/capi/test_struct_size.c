// SPDX-License-Identifier: BSD-3-Clause
// struct_size of every struct that the caller fills: too small, too large with a zero tail, too large with something in the tail.
#include <stdlib.h>
#include <string.h>

#include "capi.h"

static air_runner *runner;
static air_session *session;

static air_status use_connect_options(const void *options) {
  air_runner *other = NULL;
  const air_status status = air_connect("null:", options, &other);
  air_disconnect(other);
  return status;
}

static air_status use_list_options(const void *options) {
  const air_plugin_list *list = NULL;
  const air_status status = air_list_plugins(options, &list);
  air_free_plugin_list(list);
  return status;
}

static air_status use_scan_options(const void *options) {
  const air_device_list *list = NULL;
  const air_status status = air_scan(options, &list);
  air_free_device_list(list);
  return status;
}

static air_status use_invoke_options(const void *options) {
  null_io io;
  null_io_init(&io, 1);
  return air_invoke(session, 1, io.inputs, 2, io.outputs, 2, options);
}

static air_status use_callbacks(const void *callbacks) {
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.callbacks = callbacks;
  return use_invoke_options(&options);
}

static air_status use_random_options(const void *options) {
  null_io io;
  null_io_init(&io, 1);
  return air_fill_random(session, 1, io.inputs, 2, options);
}

static air_status use_info_text_options(const void *options) {
  char *text = NULL;
  const air_status status = air_info_to_text(session, options, &text);
  air_free_text(text);
  return status;
}

static air_status use_profile_text_options(const void *options) {
  char *text = NULL;
  const air_status status = air_profile_to_text(session, options, &text);
  air_free_text(text);
  return status;
}

static air_status use_compare_options(const void *options) {
  null_io io;
  null_io_init(&io, 1);
  const air_capture *capture = NULL;
  const air_comparison *comparison = NULL;
  CHECK_OK(air_record_capture(session, 1, io.inputs, 2, NULL, &capture));
  const air_status status = air_compare_captures(capture, capture, options, &comparison);
  air_free_comparison(comparison);
  air_free_capture(capture);
  return status;
}

static air_status use_capture_options(const void *options) {
  null_io io;
  null_io_init(&io, 1);
  const air_capture *capture = NULL;
  const air_status status = air_record_capture(session, 1, io.inputs, 2, options, &capture);
  air_free_capture(capture);
  return status;
}

static const struct {
  const char *name;
  size_t size;
  air_status (*use)(const void *);
} users[] = {
    {"air_connect_options of air_connect", sizeof(air_connect_options), use_connect_options},
    {"air_connect_options of air_list_plugins", sizeof(air_connect_options), use_list_options},
    {"air_connect_options of air_scan", sizeof(air_connect_options), use_scan_options},
    {"air_invoke_options", sizeof(air_invoke_options), use_invoke_options},
    {"air_invoke_options of air_record_capture", sizeof(air_invoke_options), use_capture_options},
    {"air_compare_options", sizeof(air_compare_options), use_compare_options},
    {"air_callbacks", sizeof(air_callbacks), use_callbacks},
    {"air_random_options", sizeof(air_random_options), use_random_options},
    {"air_text_options of air_info_to_text", sizeof(air_text_options), use_info_text_options},
    {"air_text_options of air_profile_to_text", sizeof(air_text_options), use_profile_text_options},
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

static void check_all(uint32_t (*size_of)(size_t own), unsigned char last_byte, air_status expected) {
  for (size_t i = 0; i < ARRAY_SIZE(users); ++i) {
    const air_status status = use_with_size(i, size_of(users[i].size), last_byte);
    if (status != expected) {
      fail_msg("%s: %s, expected %s", users[i].name, air_status_name(status), air_status_name(expected));
    }
    CHECK_FAILS(expected, status);
  }
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
  check_all(own_size, 0, AIR_OK);
}
static void test_zero(void **state) {
  check_all(zero_size, 0, AIR_ERROR_INVALID_ARGUMENT);
}

// This is the first release: no older header has a smaller struct.
static void test_smaller(void **state) {
  check_all(size_of_size, 0, AIR_ERROR_INVALID_ARGUMENT);
  check_all(one_less, 0, AIR_ERROR_INVALID_ARGUMENT);
}

static void test_larger_with_zero_tail(void **state) {
  check_all(one_more, 0, AIR_OK);
  check_all(much_more, 0, AIR_OK);
}

static void test_larger_with_something_in_the_tail(void **state) {
  check_all(one_more, 1, AIR_ERROR_INCOMPATIBLE);
  check_all(much_more, 0x80, AIR_ERROR_INCOMPATIBLE);
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

static int set_up(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  return use_invoke_options(NULL) == AIR_OK ? 0 : -1;
}

static int tear_down(void **state) {
  air_disconnect(runner);
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
  };
  return cmocka_run_group_tests_name("struct_size", tests, set_up, tear_down);
}
