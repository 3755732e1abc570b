// SPDX-License-Identifier: BSD-3-Clause
// Programs that do what `airunner profile` does with the same options.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "airunner.h"
#include "cli/options.h"

namespace air::cli {

// C11 over the public headers: cc program.c $(pkg-config --cflags --libs airunner-report)
std::string program_c(const Options &options, const air_invoke_options &invoke);

// Python over libairunner through ctypes; needs no package.
std::string program_python(const Options &options, const air_invoke_options &invoke);

// For both: a text as a literal, and @NAME@ marks replaced.
std::string literal(const std::string &text);
std::string filled(std::string program, const std::vector<std::pair<std::string, std::string>> &marks);

}  // namespace air::cli
