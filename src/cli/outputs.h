// SPDX-License-Identifier: BSD-3-Clause
// The outputs of a run, and the files they go to.
#pragma once

#include <string>
#include <vector>

#include "common/values.h"
#include "writing.h"

namespace air::cli {

// An output of a result, all samples; refers to it.
struct Output {
  std::string name;
  air_view values;
};
std::vector<Output> outputs_of(const HeldResult &result);  // none where nothing was computed (perf-only)

// Before anything is run: paths are .npz or .json for all outputs, or one .npy per output. Throws Failure.
void check_output_paths(const std::vector<std::string> &paths, size_t n_outputs);
std::vector<std::string> write_outputs(Writing &writing, const std::vector<std::string> &paths,
                                       const std::vector<Output> &outputs);

}  // namespace air::cli
