// SPDX-License-Identifier: BSD-3-Clause
// A document airunner.regression/1 as a page shows it.
#pragma once

#include <string>

#include "report/html/sections.h"

namespace air::report {

Html regression_section(const JsonView &regression, int level);
std::string name_of_regression(const JsonView &regression);

}  // namespace air::report
