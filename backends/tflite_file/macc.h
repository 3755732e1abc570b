// SPDX-License-Identifier: BSD-3-Clause
// The multiply-accumulate operations of a graph.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tflite_file/model_file.h"

namespace air::tflite_file {

// `shapes` are those of all tensors. Nothing when an operator multiplies in a way that is not counted here, or a shape varies.
std::optional<uint64_t> count_macc(const ModelFile &file, const std::vector<runtime::Shape> &shapes);

}  // namespace air::tflite_file
