// SPDX-License-Identifier: BSD-3-Clause
// A runner of the null model for each test of a program.
#pragma once

#include "capi.h"

static air_runner *runner;
static air_session *session;

static int set_up(void **state) {
  runner = connect_to("null:");
  session = first_session(runner);
  return 0;
}

static int tear_down(void **state) {
  return air_disconnect(runner) == AIR_OK ? 0 : -1;
}
