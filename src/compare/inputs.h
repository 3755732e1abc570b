// SPDX-License-Identifier: BSD-3-Clause
// The inputs of one model made those of another.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "compare/side.h"

namespace air {

// For each input of `to` the index of the input of `from` it gets: by name where all names agree, else in order.
// Throws AIR_ERROR_INVALID_INPUT where their numbers differ.
std::vector<uint32_t> corresponding_inputs(const air_model &from, const air_model &to);

// From the order of the one to that of the other, as their shapes tell. Throws AIR_ERROR_INVALID_INPUT with both shapes where the one cannot become the
// other.
Reordering way_between(const air_tensor &from, const air_tensor &to);

// What is done to the real values of a sample on the way.
using Change = std::function<void(std::span<float> values)>;

// Writes the values as `tensor` stores them to n_samples * tensor.size_bytes bytes. `change` may be empty.
void convert(const Values &from, const Reordering &way, const air_tensor &tensor, const Change &change, void *storage);

// The same with way_between().
void convert_input(const Values &from, const air_tensor &tensor, void *storage);

using HeldInputs = std::unique_ptr<air_input_set, decltype(&air_free_inputs)>;

// For a session. Throws what these throw.
HeldInputs convert_inputs(const air_session &session, const air_result &result);

// Throws AIR_ERROR_INVALID_INPUT unless the inputs of one side are those of the other, converted.
void check_same_inputs(const Side &reference, const Side &other);

}  // namespace air
