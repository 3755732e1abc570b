// SPDX-License-Identifier: BSD-3-Clause
// A model written anew in memory: with the dynamic dimensions of its inputs fixed, with more of its values as outputs, and with values that
// are given in place of those that nodes compute.
#include "onnxruntime/rewrite.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "common/descriptor_text.h"
#include "common/error.h"
#include "runtime/tensor.h"

namespace air::ort {

using protobuf::append_bytes;
using protobuf::append_integer;
using runtime::open_shape_text;
using runtime::Shape;
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
         open_shape_text(wanted), input.name, open_shape_text(input.shape));
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

// The field of a node that computes what is given, with that called otherwise; "" for other nodes.
std::string renamed_node(protobuf::Bytes node, const std::set<std::string_view> &given, const std::string &suffix) {
  std::string written;
  bool renamed = false;
  protobuf::Reader parts(node);
  for (protobuf::Field part; parts.next(part);) {
    const bool is_given = part.number == onnx_field::kNodeOutput && given.contains(part.text());
    renamed = renamed || is_given;
    if (is_given) {
      append_bytes(written, part.number, std::string(part.text()) + suffix);
    } else {
      written += protobuf::text_of(part.whole);
    }
  }
  std::string field;
  if (renamed) append_bytes(field, onnx_field::kGraphNode, written);
  return field;
}

// Writes graph fields. Most of a field, which may have gigabytes of weights, is copied once.
class GraphWriter {
 public:
  GraphWriter(const ModelFile &file, const std::vector<Shape> &shapes, const Given &given)
      : file_(file), shapes_(shapes), suffix_(given.suffix), keeps_inputs_(has_input_shapes(file, shapes)) {
    for (const ValueInfo &value : given.values) given_.insert(value.name);
  }

  bool changes() const { return !keeps_inputs_ || !given_.empty(); }

  void append(std::string &out, protobuf::Bytes graph) {
    std::map<const std::byte *, std::string> changed;  // by the place of the field
    uint64_t size = 0;
    each_field(graph, [&](const protobuf::Field &field) {
      std::string written = change(field);
      size += written.empty() ? field.whole.size() : written.size();
      if (!written.empty()) changed.emplace(field.whole.data(), std::move(written));
    });
    protobuf::append_header(out, onnx_field::kModelGraph, size);
    each_field(graph, [&](const protobuf::Field &field) {
      const auto found = changed.find(field.whole.data());
      out += found != changed.end() ? found->second : protobuf::text_of(field.whole);
    });
  }

 private:
  template <class Use>
  static void each_field(protobuf::Bytes graph, Use use) {
    protobuf::Reader reader(graph);
    for (protobuf::Field field; reader.next(field);) use(field);
  }

  // "" for a field that stays.
  std::string change(const protobuf::Field &field) {
    if (field.number == onnx_field::kGraphNode && !given_.empty()) return renamed_node(field.bytes, given_, suffix_);
    if (field.number != onnx_field::kGraphInput || keeps_inputs_ || place_ == file_.inputs.size() ||
        file_.inputs[place_].name != name_of_value(field.bytes))
      return "";
    std::string written;
    append_value(written, onnx_field::kGraphInput, file_.inputs[place_], shapes_[place_]);
    ++place_;
    return written;
  }

  const ModelFile &file_;
  const std::vector<Shape> &shapes_;
  std::set<std::string_view> given_;
  const std::string &suffix_;
  const bool keeps_inputs_;
  size_t place_ = 0;  // of the next input: the file's come in the same order, without initializers
};

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

std::string_view name_of_value(protobuf::Bytes value) {
  std::string_view name;
  protobuf::Reader parts(value);
  for (protobuf::Field part; parts.next(part);) {
    if (part.number == onnx_field::kValueName) name = part.text();
  }
  return name;
}

void append_value(std::string &graph, uint32_t field, const ValueInfo &value, const Shape &shape) {
  std::string dimensions, tensor, type, written;
  for (const int64_t size : shape) {
    std::string dimension;
    if (size >= 0) append_integer(dimension, onnx_field::kDimensionValue, size);
    append_bytes(dimensions, onnx_field::kShapeDimension, dimension);
  }
  append_integer(tensor, onnx_field::kTensorElement, value.element_type);
  append_bytes(tensor, onnx_field::kTensorShape, dimensions);
  append_bytes(type, onnx_field::kTypeTensor, tensor);
  append_bytes(written, onnx_field::kValueName, value.name);
  append_bytes(written, onnx_field::kValueType, type);
  append_bytes(graph, field, written);
}

std::string unused_suffix(const ModelFile &file) {
  const std::string_view text(reinterpret_cast<const char *>(file.bytes.data()), file.bytes.size());
  std::string suffix = "__computed";
  while (text.find(suffix) != std::string_view::npos) suffix += '_';
  return suffix;
}

std::string rewrite(const ModelFile &file, const std::vector<Shape> &shapes, const std::vector<std::string> &values,
                    const Given &given) {
  GraphWriter writer(file, shapes, given);
  std::string out;
  out.reserve(file.bytes.size() + file.bytes.size() / 8);
  protobuf::Reader reader(file.bytes);
  for (protobuf::Field field; reader.next(field);) {
    if (field.number == onnx_field::kModelGraph && writer.changes()) {
      writer.append(out, field.bytes);
    } else {
      out += protobuf::text_of(field.whole);
    }
  }
  // A second graph field is merged with the first: its inputs and outputs come behind. Types of outputs are left to the runtime to infer.
  std::string more;
  for (const ValueInfo &value : given.values) append_value(more, onnx_field::kGraphInput, value, value.shape);
  for (const std::string &value : values) {
    std::string named;
    append_bytes(named, onnx_field::kValueName, value);
    append_bytes(more, onnx_field::kGraphOutput, named);
  }
  if (!more.empty()) append_bytes(out, onnx_field::kModelGraph, more);
  return out;
}

std::vector<std::string> inner_values(const ModelFile &file) {
  std::set<std::string_view> known = {""};
  for (const ValueInfo &output : file.outputs) known.insert(output.name);
  std::vector<std::string> values;
  for (const GraphNode &node : file.nodes) {
    for (const std::string_view value : node.outputs) {
      if (known.insert(value).second) values.emplace_back(value);
    }
  }
  return values;
}

}  // namespace air::ort
