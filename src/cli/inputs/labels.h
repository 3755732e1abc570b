// SPDX-License-Identifier: BSD-3-Clause
// The class that each sample should show, out of a file of any kind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/inputs/inputs.h"

namespace air::cli {

struct Labels {
  std::vector<uint64_t> classes;   // one for each sample that is run
  std::vector<std::string> notes;  // what was made of the file that may not be what was meant
};

// One class a sample as (n,) or (n, 1), one-hot rows, or texts; `n_classes`: values of the output. Throws Failure or Error.
Labels read_labels(const std::string &path, const Inputs &inputs, uint64_t n_classes);

}  // namespace air::cli
