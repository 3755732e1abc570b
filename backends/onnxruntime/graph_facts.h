// SPDX-License-Identifier: BSD-3-Clause
// What follows from the nodes of a graph: the quantization of its values, and its multiply-accumulate operations.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "model_file.h"
#include "runtime/tensor.h"

namespace air::ort {

// Scale and zero point of values, from the nodes that make them or read them and whose scales are constants.
std::map<std::string_view, runtime::Quantization> find_quantizations(const ModelFile &file);

using ShapesByValue = std::map<std::string_view, runtime::Shape>;

// Multiplications of convolutions, matrix products and recurrent layers; UINT64_MAX when a shape that is needed is not known.
uint64_t count_macc(const ModelFile &file, const ShapesByValue &shapes);

}  // namespace air::ort
