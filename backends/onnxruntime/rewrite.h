// SPDX-License-Identifier: BSD-3-Clause
// A model written anew in memory: with the dynamic dimensions of its inputs fixed, and with more of its values as outputs.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model_file.h"

namespace air::ort {

// Shapes of all inputs: those of the file, with dynamic dimensions from `wanted`; a dynamic first dimension is the batch and is 1.
// Throws INVALID_DESCRIPTOR, telling what to give, for what stays open and for what does not fit.
std::vector<runtime::Shape> resolve_inputs(const ModelFile &file, const runtime::WantedShapes &wanted);

// Whether the file's inputs have these shapes already.
bool has_input_shapes(const ModelFile &file, const std::vector<runtime::Shape> &shapes);

// The model with these input shapes, or those of the file where there are none, and with `values` as outputs beside its own.
std::string rewrite(const ModelFile &file, const std::vector<runtime::Shape> &shapes,
                    const std::vector<std::string_view> &values);

// Values that nodes compute and that are no outputs yet, in the order of the nodes.
std::vector<std::string_view> inner_values(const ModelFile &file);

}  // namespace air::ort
