// SPDX-License-Identifier: BSD-3-Clause
// Shapes that the user gives for models with dynamic dimensions: "1x16x8", or "ids:1x16,mask:1x16"; * for a dimension of an output that
// each sample has of its own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace air::runtime {

using Shape = std::vector<int64_t>;

// By name of the tensor; "" stands for the only input. -1: *.
using WantedShapes = std::map<std::string, Shape, std::less<>>;

// Throws INVALID_DESCRIPTOR.
WantedShapes read_shapes(std::string_view text);

// "(1, 28, 28)"; dimensions that are not known as "?".
std::string open_shape_text(std::span<const int64_t> shape);

// "1x28x*": as the user may give it.
std::string option_text(std::span<const int64_t> shape);

// The shape that stands for both, with -1 where they differ; nothing where one has more dimensions.
std::optional<Shape> common_shape(const Shape &a, const Shape &b);

}  // namespace air::runtime
