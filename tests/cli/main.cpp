// SPDX-License-Identifier: BSD-3-Clause
// Runs the units of src/report and src/cli.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
