// SPDX-License-Identifier: BSD-3-Clause
// The inputs of a run: from files, or random.
#pragma once

#include <string>
#include <vector>

#include "connection.h"
#include "npz/npy.h"
#include "options.h"

namespace air::cli {

struct Inputs {
  uint64_t n_samples = 0;
  std::vector<Array> arrays;         // one per input of the model
  std::vector<std::string> sources;  // the file of each, or "random"

  std::vector<air_buffer> buffers();  // refers to the arrays
};

Inputs make_inputs(const Connection &connection, const Options &options);  // throws Failure

}  // namespace air::cli
