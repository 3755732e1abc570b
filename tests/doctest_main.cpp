// SPDX-License-Identifier: BSD-3-Clause
// Entry of the test programs made with doctest.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
