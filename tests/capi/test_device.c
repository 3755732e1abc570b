// SPDX-License-Identifier: BSD-3-Clause
// Speaking to the device behind a runner. The null backend has none: everything is refused, clearly, and the runner stays usable.
#include "capi.h"

static void test_without_device(void **state) {
  air_runner *runner = connect_to("null:");
  char byte = 0;
  uint32_t value = 0;
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_reconnect(runner));
  CHECK_ERROR_TELLS("link");
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_memory_read(runner, 0, &byte, 1));
  CHECK_ERROR_TELLS("memory");
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_memory_write(runner, 0, &byte, 1));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_memory_checksum(runner, 0, 1, &value));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_self_test(runner, 0, 0, 0, &value));
  CHECK_ERROR_TELLS("self tests");

  null_io io;
  null_io_init(&io, 1);
  CHECK_OK(air_invoke(first_session(runner), 1, io.inputs, 2, io.outputs, 2, NULL));
  null_io_check(&io, 1);
  air_disconnect(runner);
}

static void test_null_arguments(void **state) {
  air_runner *runner = connect_to("null:");
  char byte = 0;
  uint32_t value = 0;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_reconnect(NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_memory_read(NULL, 0, &byte, 1));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_memory_read(runner, 0, NULL, 1));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_memory_write(NULL, 0, &byte, 1));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_memory_write(runner, 0, NULL, 1));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_memory_checksum(NULL, 0, 1, &value));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_memory_checksum(runner, 0, 1, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_self_test(NULL, 0, 0, 0, &value));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_self_test(runner, 0, 0, 0, NULL));
  air_disconnect(runner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_without_device),
      cmocka_unit_test(test_null_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
