// SPDX-License-Identifier: BSD-3-Clause
// Shapes that the user gives for models with dynamic dimensions: "1x16x8", or "ids:1x16,mask:1x16".
#include "runtime/shapes.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"

namespace air::runtime {
namespace {

constexpr int64_t kMaxDimension = INT32_MAX;
constexpr size_t kMaxRank = 16;

[[noreturn]] void refuse(std::string_view text) {
  fail(AIR_ERROR_INVALID_DESCRIPTOR,
       "option shape={}: expected dimensions as 1x16x8, or name:1x16,other:1x8 for several tensors", text);
}

int64_t read_dimension(std::string_view text, std::string_view whole) {
  if (text == "*") return -1;
  int64_t dimension = 0;
  const auto [last, error] = std::from_chars(text.data(), text.data() + text.size(), dimension);
  if (error != std::errc() || last != text.data() + text.size() || dimension < 0 || dimension > kMaxDimension)
    refuse(whole);
  return dimension;
}

Shape read_dimensions(std::string_view text, std::string_view whole) {
  Shape shape;
  while (true) {
    const size_t end = std::min(text.find('x'), text.size());
    shape.push_back(read_dimension(text.substr(0, end), whole));
    if (shape.size() > kMaxRank) refuse(whole);
    if (end == text.size()) return shape;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

WantedShapes read_shapes(std::string_view text) {
  WantedShapes shapes;
  std::string_view rest = text;
  while (true) {
    const size_t end = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, end);
    const size_t colon = item.rfind(':');  // names may hold colons, dimensions not
    const std::string name(colon == std::string_view::npos ? "" : item.substr(0, colon));
    const std::string_view dimensions = colon == std::string_view::npos ? item : item.substr(colon + 1);
    // A scalar has a name and no dimensions.
    Shape shape = dimensions.empty() && !name.empty() ? Shape{} : read_dimensions(dimensions, text);
    if (!shapes.emplace(name, std::move(shape)).second) refuse(text);
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (shapes.size() > 1 && shapes.contains("")) refuse(text);
  return shapes;
}

std::string open_shape_text(std::span<const int64_t> shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + ")";
}

std::string option_text(std::span<const int64_t> shape) {
  std::string text;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += "x";
    text += shape[i] < 0 ? "*" : std::to_string(shape[i]);
  }
  return text;
}

std::optional<Shape> common_shape(const Shape &a, const Shape &b) {
  if (a.size() != b.size()) return {};
  Shape common = a;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) common[i] = -1;
  }
  return common;
}

}  // namespace air::runtime
