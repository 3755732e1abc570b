// SPDX-License-Identifier: BSD-3-Clause
// What the numbers in arrays say: their range, and how many samples are classified right.
#pragma once

#include <span>
#include <vector>

#include "npz/npy.h"

namespace air::cli {

std::vector<double> to_doubles(const Array &array);

struct Accuracy {
  uint64_t n_correct;
  uint64_t n_labels;
};

// Top-1: the largest score of each sample against its class. Throws Failure where they do not belong together.
Accuracy top1_accuracy(const Array &scores, std::span<const uint64_t> classes);

}  // namespace air::cli
