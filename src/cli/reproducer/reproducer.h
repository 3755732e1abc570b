// SPDX-License-Identifier: BSD-3-Clause
// `compare --reproduce FOLDER`: the smallest model around the first node that goes wrong, with its values and a script that shows the
// difference without airunner.
#pragma once

#include <string>

#include "airunner_report.h"
#include "cli/options.h"

namespace air::cli {

// Refuses what cannot be, before anything is run: a folder that holds something, sides or layers that are left out.
void check_reproducer(const CompareOptions &own);

// Fills the folder, and says so, or says why there is nothing to fill it with. Throws Failure; then nothing is left behind.
void write_reproducer(const Options &options, const CompareOptions &own, const air_comparison &comparison);

}  // namespace air::cli
