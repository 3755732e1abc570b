// SPDX-License-Identifier: BSD-3-Clause
// The shapes of inputs: those of the file, with dynamic dimensions as the user says.
#include "litert/input_shapes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/descriptor_text.h"
#include "common/error.h"

namespace air::litert {

using runtime::Shape;

namespace {

void check_dtypes(const ModelFile &file) {
  for (const auto *list : {&file.inputs, &file.outputs}) {
    for (const int32_t index : *list) {
      const FileTensor &tensor = file.tensor(index);
      if (dtype_of_type(tensor.type) != AIR_DTYPE_NONE) continue;
      fail(AIR_ERROR_UNSUPPORTED,
           "{} '{}' is {}: expected float16, 32 or 64, bfloat16, bool, or integers of 4 to 64 bits",
           list == &file.inputs ? "input" : "output", tensor.name, type_name(tensor.type));
    }
  }
}

std::string example(const FileTensor &input) {
  std::string text;
  for (size_t i = 0; i < input.shape.size(); ++i) {
    text += fmt::format("{}{}", i > 0 ? "x" : "",
                        !input.dynamic[i] ? std::to_string(input.shape[i])
                        : i == 0          ? "1"
                                          : "<n>");
  }
  return text;
}

// What the user gives for it.
Shape given_shape(const FileTensor &input, const Shape &shape) {
  bool fits = shape.size() == input.shape.size() && runtime::is_static(shape);
  for (size_t i = 0; fits && i < shape.size(); ++i) fits = input.dynamic[i] || shape[i] == input.shape[i];
  if (!fits) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: {} does not fit input '{}', whose shape is {}",
         runtime::open_shape_text(shape), input.name, example(input));
  }
  return shape;
}

Shape own_shape(const FileTensor &input) {
  Shape shape = input.shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (!input.dynamic[i]) continue;
    if (i > 0) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR,
           "input '{}' has a dynamic shape: give it with option shape, as in ?shape={}:{}", input.name,
           encode_descriptor_text(input.name), example(input));
    }
    shape[i] = 1;
  }
  return shape;
}

void check_names(const ModelFile &file, const runtime::WantedShapes &wanted) {
  std::set<std::string> names;
  std::set<std::string> outputs;
  for (const int32_t index : file.inputs) names.insert(file.tensor(index).name);
  for (const int32_t index : file.outputs) outputs.insert(file.tensor(index).name);
  for (const auto &[name, ignored] : wanted) {
    if (name.empty() ? file.inputs.size() != 1 : !names.contains(name) && !outputs.contains(name)) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: the model has {} inputs and none is '{}'; there is {}",
           file.inputs.size(), name, fmt::join(names, ", "));
    }
  }
}

}  // namespace

std::vector<Shape> resolve_inputs(const ModelFile &file, const runtime::WantedShapes &wanted) {
  check_dtypes(file);
  std::vector<Shape> shapes;
  for (const int32_t index : file.inputs) {
    const FileTensor &input = file.tensor(index);
    auto found = wanted.find(input.name);
    if (found == wanted.end() && file.inputs.size() == 1) found = wanted.find("");
    shapes.push_back(found == wanted.end() ? own_shape(input) : given_shape(input, found->second));
  }
  check_names(file, wanted);
  return shapes;
}

}  // namespace air::litert
