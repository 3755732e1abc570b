// SPDX-License-Identifier: BSD-3-Clause
// The outputs of a run, and the files they go to.
#pragma once

#include <string>
#include <vector>

#include "cli/outputs/writing.h"
#include "common/values.h"

namespace air::cli {

// An output of a result with all samples; or, where these differ in shape, with one of them, called "name[3]". Refers to the result.
struct Output {
  std::string name;
  const air_tensor *tensor;         // what the model says of it
  air_view values;                  // with the samples first
  std::vector<int64_t> shape = {};  // that of the values, with one sample
};
std::vector<Output> outputs_of(const HeldResult &result);  // none where nothing was computed (perf-only)

// Before anything is run: paths are .npz or .json for all outputs, or one .npy per output. Throws Failure.
void check_output_paths(const std::vector<std::string> &paths, size_t n_outputs);
std::vector<std::string> write_outputs(Writing &writing, const std::vector<std::string> &paths,
                                       const std::vector<Output> &outputs);

}  // namespace air::cli
