// SPDX-License-Identifier: BSD-3-Clause
// Entry of the tests of the backend for host libraries.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
