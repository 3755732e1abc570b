// SPDX-License-Identifier: BSD-3-Clause
// Texts of the library: owned, laid out for the terminal, printed.
#pragma once

#include <string>

#include "airunner_report.h"

namespace air::cli {

std::string take(char *text);  // releases it

air_text_options text_options(bool verbose);  // for standard output

void print(const std::string &text);

}  // namespace air::cli
