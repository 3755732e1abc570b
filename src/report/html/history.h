// SPDX-License-Identifier: BSD-3-Clause
// The history of many runs: how their times went on from run to run.
#pragma once

#include <span>
#include <string>

#include "report/html/sections.h"

namespace air::report {

// The runs in all documents, in the order in which they began: a line for each model. Empty for fewer than three runs.
Html history_section(std::span<const HtmlSource> sources);

// A document airunner.runs/1: its runs, one after the other.
Html runs_section(const JsonView &document, int level);
std::string name_of_runs(const JsonView &document);

}  // namespace air::report
