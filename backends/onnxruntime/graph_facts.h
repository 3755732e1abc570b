// SPDX-License-Identifier: BSD-3-Clause
// What follows from the nodes of a graph: whose shapes vary, and its multiply-accumulate operations.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "onnxruntime/model_file.h"

namespace air::ort {

// The values whose shape may depend on what the inputs hold, and not on their shapes alone.
std::set<std::string_view> find_varying_shapes(const ModelFile &file);

using ShapesByValue = std::map<std::string_view, runtime::Shape>;

// Multiplications of convolutions, matrix products and recurrent layers; nothing when a shape that is needed is not known.
std::optional<uint64_t> count_macc(const ModelFile &file, const ShapesByValue &shapes);

}  // namespace air::ort
