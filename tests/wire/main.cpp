// SPDX-License-Identifier: BSD-3-Clause
// The test program of src/wire.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
