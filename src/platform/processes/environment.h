// SPDX-License-Identifier: BSD-3-Clause
// Variables of the environment. A program that runs with raised rights must not load code that its caller's environment names.
#pragma once

namespace air {

// The value; NULL where the variable is not set, is empty, or the program runs with other rights than its caller's.
const char *trusted_environment(const char *name) noexcept;

}  // namespace air
