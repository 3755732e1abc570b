// SPDX-License-Identifier: BSD-3-Clause
// Which values of a graph are quantized, and how: what its nodes tell.
#pragma once

#include <map>
#include <string_view>

#include "onnxruntime/model_file.h"
#include "runtime/tensor.h"

namespace air::ort {

// By name. Scale and zero point are known where they are constants of the nodes that make the value or read it. Integers that no such node
// touches are just integers.
using QuantizationByValue = std::map<std::string_view, runtime::Quantization>;
QuantizationByValue find_quantizations(const ModelFile &file);

}  // namespace air::ort
