// SPDX-License-Identifier: BSD-3-Clause
// The outputs of a run, and the files they go to.
#pragma once

#include <string>
#include <vector>

#include "connection.h"
#include "npz/npz.h"
#include "writing.h"

namespace air::cli {

// What the last invoke computed; empty where it computed nothing (perf-only).
std::vector<NamedArray> take_outputs(const Connection &connection);

// Before anything is run: paths are .npz or .json for all outputs, or one .npy per output. Throws Failure.
void check_output_paths(const std::vector<std::string> &paths, size_t n_outputs);
std::vector<std::string> write_outputs(Writing &writing, const std::vector<std::string> &paths,
                                       const std::vector<NamedArray> &outputs);

}  // namespace air::cli
