// SPDX-License-Identifier: BSD-3-Clause
// The inputs of a run: from files, or random.
#pragma once

#include <string>
#include <vector>

#include "cli/inputs/input_array.h"
#include "cli/options.h"
#include "cli/running/connection.h"
#include "common/not_finite.h"

namespace air::cli {

struct Inputs {
  uint64_t n_samples = 0;
  uint64_t n_in_files = 0;            // with --batch, the files may have more
  std::vector<InputArray> arrays;     // one per input of the model
  std::vector<std::string> sources;   // the file of each, or "random"
  std::vector<NotFinite> not_finite;  // of each
  std::vector<std::string> notes;     // told on standard error already

  std::vector<air_input> air_inputs() const;  // refers to the arrays
};

// Random values of quantized inputs are drawn as they are stored, or as the reals that become them: those do not depend on how a model is
// quantized.
enum class Draw { kStored, kReal };

Inputs make_inputs(const Connection &connection, const Options &options, Draw draw = Draw::kStored);  // throws Failure

// Takes a set of the library over.
Inputs inputs_of(air_input_set *set, uint64_t n_samples, const std::string &source);

// Warns where all samples are the first one again.
void tell_if_alike(const Inputs &inputs);

void tell(const std::vector<std::string> &notes);  // on standard error

}  // namespace air::cli
