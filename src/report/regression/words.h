// SPDX-License-Identifier: BSD-3-Clause
// What the comparison of profiles says to people.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "report/regression/judge.h"

namespace air::report {

const char *outcome_name(Outcome outcome);  // "no regression", "regression", "cannot tell"

// Runs of each side that would tell what is required and open; 0 when nothing is, or no number would.
size_t needed_in_all(std::span<const Check> checks);

// "slower: p50 is +5.1 % (+4.0 to +6.2 %), limit 3 %", one sentence.
std::string sentence(std::span<const Check> checks, const Measures &measures);

// What makes the two sides less alike than they should be: other machines, models, nodes; runs that did not take turns.
// And what was decided by steps of a clock in place of a limit.
std::vector<std::string> notes(std::span<const Check> checks, const Measures &measures);

}  // namespace air::report
