// SPDX-License-Identifier: BSD-3-Clause
// The inputs of one model made those of another.
#pragma once

#include "tensors.h"

namespace air {

// For each input of `to` the index of the input of `from` it gets: by name where all names agree, else in order.
// Throws AIR_ERROR_INVALID_INPUT where their numbers differ.
std::vector<uint32_t> corresponding_inputs(const air_model_info &from, const air_model_info &to);

// Writes the values as `tensor` stores them to n_samples * tensor.size_bytes bytes, aligned for the type. Throws
// AIR_ERROR_INVALID_INPUT with both shapes where the one cannot become the other.
void convert_input(const Values &from, const air_tensor_info &tensor, void *storage);

// Throws AIR_ERROR_INVALID_INPUT unless the inputs of one capture are those of the other, converted.
void check_same_inputs(const air_capture &reference, const air_capture &other);

}  // namespace air
