// SPDX-License-Identifier: BSD-3-Clause
// What the numbers in arrays say: their range, and how many samples are classified right.
#pragma once

#include <span>
#include <vector>

#include "airunner.h"
#include "npz/npy.h"

namespace air::cli {

// The array as memory that is read; refers to it.
air_view view_of(const Array &array);

// Of an array with the samples first.
uint64_t n_samples_of(const air_view &samples);
// One of its samples, as plain numbers; refers to the view.
air_tensor sample_of(const air_view &samples);
std::vector<double> to_doubles(const air_view &samples);

struct Accuracy {
  uint64_t n_correct;
  uint64_t n_labels;
};

// Top-1: the largest score of each sample against its class. Throws Failure where they do not belong together.
Accuracy top1_accuracy(const air_view &scores, std::span<const uint64_t> classes);

}  // namespace air::cli
