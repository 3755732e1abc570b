// SPDX-License-Identifier: BSD-3-Clause
// Many quantities of the same runs looked at together: among hundreds of nodes some look slower by chance.
#pragma once

#include <span>
#include <vector>

#include "report/regression/ranks.h"

namespace air::report {

// For each quantity: how likely any of them all would look as much slower when nothing has changed. Whole runs change sides, so that what is slow
// together in one run stays together (Westfall and Young); those in turns change with the one beside them. Every quantity has a value of every
// run; the same input gives the same answer.
std::vector<double> chances_in_family(std::span<const Runs> quantities);

}  // namespace air::report
