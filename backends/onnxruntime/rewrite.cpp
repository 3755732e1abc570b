// SPDX-License-Identifier: BSD-3-Clause
// A model written anew in memory: with the dynamic dimensions of its inputs fixed, and with more of its values as outputs.
#include "rewrite.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/descriptor_text.h"
#include "common/error.h"
#include "runtime/tensor.h"

namespace air::ort {

using protobuf::append_bytes;
using protobuf::append_integer;
using runtime::Shape;
using runtime::shape_text;
using runtime::WantedShapes;

namespace {

// "1xSEQx8": what to write for option shape.
std::string example(const ValueInfo &input) {
  std::string text;
  for (size_t i = 0; i < input.shape.size(); ++i) {
    if (i > 0) text += 'x';
    const bool fixed = input.shape[i] >= 0;
    text += fixed    ? std::to_string(input.shape[i])
            : i == 0 ? "1"
                     : fmt::format("<{}>", input.symbols[i].empty() ? "n" : input.symbols[i]);
  }
  return text.empty() ? "<n>x<n>" : text;
}

void check_wanted(const ValueInfo &input, const Shape &wanted) {
  bool fits = runtime::is_static(wanted) && (!input.has_shape || wanted.size() == input.shape.size());
  for (size_t i = 0; fits && i < input.shape.size(); ++i) fits = input.shape[i] < 0 || input.shape[i] == wanted[i];
  if (!fits) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: {} does not fit input '{}', whose shape is {}",
         shape_text(wanted), input.name, shape_text(input.shape));
  }
}

const Shape *find_wanted(const ModelFile &file, const WantedShapes &wanted, std::string_view name) {
  auto found = wanted.find(name);
  if (found == wanted.end() && file.inputs.size() == 1 && file.inputs[0].name == name) found = wanted.find("");
  return found == wanted.end() ? nullptr : &found->second;
}

// Sizes of symbolic dimensions, as far as one input or the batch tells them.
std::map<std::string_view, int64_t> known_symbols(const ModelFile &file, const WantedShapes &wanted) {
  std::map<std::string_view, int64_t> known;
  for (const ValueInfo &input : file.inputs) {
    const Shape *shape = find_wanted(file, wanted, input.name);
    if (shape == nullptr) continue;
    check_wanted(input, *shape);
    for (size_t i = 0; i < input.shape.size(); ++i) {
      if (input.shape[i] < 0 && !input.symbols[i].empty()) known.emplace(input.symbols[i], (*shape)[i]);
    }
  }
  for (const ValueInfo &input : file.inputs) {
    if (!input.shape.empty() && input.shape[0] < 0 && !input.symbols[0].empty()) known.emplace(input.symbols[0], 1);
  }
  return known;
}

void check_names(const ModelFile &file, const WantedShapes &wanted) {
  std::vector<std::string_view> names;
  for (const auto *values : {&file.inputs, &file.outputs}) {
    for (const ValueInfo &value : *values) names.push_back(value.name);
  }
  for (const auto &[name, ignored] : wanted) {
    if (name.empty() && file.inputs.size() != 1) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: the model has {} inputs: name them, as in shape={}:1x8",
           file.inputs.size(), file.inputs.empty() ? "name" : file.inputs[0].name);
    }
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option shape: the model has no input or output '{}'; there is {}", name,
           fmt::join(names, ", "));
    }
  }
}

// ValueInfoProto of a tensor.
std::string input_bytes(const ValueInfo &input, const Shape &shape) {
  std::string dimensions;
  for (const int64_t size : shape) {
    std::string dimension;
    append_integer(dimension, onnx_field::kDimensionValue, size);
    append_bytes(dimensions, onnx_field::kShapeDimension, dimension);
  }
  std::string tensor;
  append_integer(tensor, onnx_field::kTensorElement, input.element_type);
  append_bytes(tensor, onnx_field::kTensorShape, dimensions);
  std::string type;
  append_bytes(type, onnx_field::kTypeTensor, tensor);
  std::string value;
  append_bytes(value, onnx_field::kValueName, input.name);
  append_bytes(value, onnx_field::kValueType, type);
  return value;
}

std::string_view name_of_value(protobuf::Bytes value) {
  std::string_view name;
  protobuf::Reader parts(value);
  for (protobuf::Field part; parts.next(part);) {
    if (part.number == onnx_field::kValueName) name = part.text();
  }
  return name;
}

// The inputs come last: the rest, which may have gigabytes of weights, is copied once.
// `place` is that of the next input: the file's come in the same order, without initializers.
void append_graph(std::string &out, const ModelFile &file, protobuf::Bytes graph, const std::vector<Shape> &shapes,
                  size_t &place) {
  std::string inputs;
  uint64_t rest = 0;
  const auto each_field = [&](auto use) {
    protobuf::Reader reader(graph);
    for (protobuf::Field field; reader.next(field);) use(field);
  };
  each_field([&](const protobuf::Field &field) {
    if (field.number != onnx_field::kGraphInput) {
      rest += field.whole.size();
    } else if (place < file.inputs.size() && file.inputs[place].name == name_of_value(field.bytes)) {
      append_bytes(inputs, field.number, input_bytes(file.inputs[place], shapes[place]));
      ++place;
    } else {
      protobuf::append_raw(inputs, field.whole);
    }
  });
  protobuf::append_header(out, onnx_field::kModelGraph, rest + inputs.size());
  each_field([&](const protobuf::Field &field) {
    if (field.number != onnx_field::kGraphInput) protobuf::append_raw(out, field.whole);
  });
  out += inputs;
}

}  // namespace

std::vector<Shape> resolve_inputs(const ModelFile &file, const WantedShapes &wanted) {
  check_names(file, wanted);
  const auto symbols = known_symbols(file, wanted);
  std::vector<Shape> shapes;
  for (const ValueInfo &input : file.inputs) {
    if (const Shape *shape = find_wanted(file, wanted, input.name); shape != nullptr) {
      shapes.push_back(*shape);
      continue;
    }
    Shape shape = input.shape;
    for (size_t i = 0; i < shape.size(); ++i) {
      const auto known = symbols.find(input.symbols[i]);
      if (shape[i] < 0) shape[i] = known != symbols.end() ? known->second : i == 0 ? 1 : -1;
    }
    const bool open = !input.has_shape || std::find(shape.begin(), shape.end(), -1) != shape.end();
    if (open && dtype_of_element(input.element_type) != AIR_DTYPE_NONE) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR,
           "input '{}' has a dynamic shape: give it with option shape, as in ?shape={}:{}", input.name,
           encode_descriptor_text(input.name), example(input));
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

bool has_input_shapes(const ModelFile &file, const std::vector<Shape> &shapes) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (!file.inputs[i].has_shape || file.inputs[i].shape != shapes[i]) return false;
  }
  return true;
}

std::string rewrite(const ModelFile &file, const std::vector<Shape> &shapes,
                    const std::vector<std::string_view> &values) {
  const bool keep_inputs = has_input_shapes(file, shapes);
  std::string out;
  out.reserve(file.bytes.size() + file.bytes.size() / 8);
  size_t place = 0;
  protobuf::Reader reader(file.bytes);
  for (protobuf::Field field; reader.next(field);) {
    if (field.number == onnx_field::kModelGraph && !keep_inputs) {
      append_graph(out, file, field.bytes, shapes, place);
    } else {
      protobuf::append_raw(out, field.whole);
    }
  }
  // A second graph field is merged with the first: its outputs come behind. Their types are left to the runtime to infer.
  std::string outputs;
  for (const std::string_view value : values) {
    std::string named;
    append_bytes(named, onnx_field::kValueName, value);
    append_bytes(outputs, onnx_field::kGraphOutput, named);
  }
  if (!outputs.empty()) append_bytes(out, onnx_field::kModelGraph, outputs);
  return out;
}

std::vector<std::string_view> inner_values(const ModelFile &file) {
  std::set<std::string_view> known = {""};
  for (const ValueInfo &output : file.outputs) known.insert(output.name);
  std::vector<std::string_view> values;
  for (const GraphNode &node : file.nodes) {
    for (const std::string_view value : node.outputs) {
      if (known.insert(value).second) values.push_back(value);
    }
  }
  return values;
}

}  // namespace air::ort
