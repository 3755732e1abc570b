// SPDX-License-Identifier: BSD-3-Clause
// What follows from the nodes of a graph: whose shapes vary, and its multiply-accumulate operations.
#include "onnxruntime/graph_facts.h"

#include <algorithm>
#include <array>

#include "common/shape.h"

namespace air::ort {

using runtime::Shape;

namespace {

// Operators whose outputs have a shape that depends on what some inputs hold, and which these are: bits.
struct ShapeInputs {
  std::string_view type;
  uint32_t places;
};

constexpr std::array kShapeInputs = {
    ShapeInputs{"NonZero", 0b1},        ShapeInputs{"Compress", 0b10},
    ShapeInputs{"Unique", 0b1},         ShapeInputs{"NonMaxSuppression", ~0U},
    ShapeInputs{"Reshape", 0b10},       ShapeInputs{"Expand", 0b10},
    ShapeInputs{"Tile", 0b110},         ShapeInputs{"ConstantOfShape", 0b1},
    ShapeInputs{"Range", ~0U},          ShapeInputs{"Slice", 0b11110},
    ShapeInputs{"Pad", 0b1010},         ShapeInputs{"TopK", 0b10},
    ShapeInputs{"OneHot", 0b10},        ShapeInputs{"Resize", 0b1110},
    ShapeInputs{"Upsample", 0b10},      ShapeInputs{"Squeeze", 0b10},
    ShapeInputs{"Unsqueeze", 0b10},     ShapeInputs{"Split", 0b10},
    ShapeInputs{"MaxUnpool", 0b100},    ShapeInputs{"CenterCropPad", 0b10},
    ShapeInputs{"Col2Im", 0b110},       ShapeInputs{"AffineGrid", 0b10},
    ShapeInputs{"DFT", 0b10},           ShapeInputs{"STFT", 0b1010},
    ShapeInputs{"HannWindow", 0b1},     ShapeInputs{"HammingWindow", 0b1},
    ShapeInputs{"BlackmanWindow", 0b1}, ShapeInputs{"MelWeightMatrix", ~0U},
};

uint32_t shape_inputs(std::string_view type) {
  const auto found = std::find_if(kShapeInputs.begin(), kShapeInputs.end(),
                                  [type](const ShapeInputs &inputs) { return inputs.type == type; });
  return found == kShapeInputs.end() ? 0 : found->places;
}

uint64_t count(const Shape &shape) {
  return element_count(shape).value_or(UINT64_MAX);
}

// Looks up shapes of values; remembers when one is missing.
class Shapes {
 public:
  Shapes(const ModelFile &file, const ShapesByValue &known) : file_(file), known_(known) {}

  const Shape &of(std::string_view value) {
    static const Shape none;
    if (const auto found = known_.find(value); found != known_.end()) return found->second;
    if (const auto found = file_.constants.find(value); found != file_.constants.end()) return found->second.shape;
    missing_ = true;
    return none;
  }
  bool missing() const { return missing_; }

 private:
  const ModelFile &file_;
  const ShapesByValue &known_;
  bool missing_ = false;
};

// Elements of a shape behind its first dimension.
uint64_t per_first(const Shape &shape) {
  return shape.empty() || shape[0] <= 0 ? 0 : count(shape) / static_cast<uint64_t>(shape[0]);
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

uint64_t node_macc(const GraphNode &node, Shapes &shapes) {
  const std::string_view output = node.output(0);
  const std::string_view type = node.type;
  if (is_one_of(type, {"Conv", "ConvInteger", "FusedConv", "QLinearConv"})) {
    return count(shapes.of(output)) * per_first(shapes.of(node.input(type == "QLinearConv" ? 3 : 1)));
  }
  if (type == "ConvTranspose") return count(shapes.of(node.input(0))) * per_first(shapes.of(node.input(1)));
  if (is_one_of(type, {"MatMul", "MatMulInteger", "QLinearMatMul"})) {
    const Shape &left = shapes.of(node.input(0));
    return left.empty() ? 0 : count(shapes.of(output)) * static_cast<uint64_t>(std::max<int64_t>(left.back(), 0));
  }
  if (is_one_of(type, {"Gemm", "QGemm"})) {
    const Shape &result = shapes.of(output);
    const uint64_t rows = result.empty() ? 0 : static_cast<uint64_t>(std::max<int64_t>(result[0], 0));
    return rows == 0 ? 0 : count(result) * (count(shapes.of(node.input(0))) / rows);
  }
  if (is_one_of(type, {"LSTM", "GRU", "RNN"})) {
    const Shape &input = shapes.of(node.input(0));
    const uint64_t steps = input.size() < 2 ? 0 : count({input[0], input[1]});
    return steps * (count(shapes.of(node.input(1))) + count(shapes.of(node.input(2))));
  }
  return 0;
}

}  // namespace

std::set<std::string_view> find_varying_shapes(const ModelFile &file) {
  std::set<std::string_view> varying,
      computed;  // values of varying shape; values that are computed from what inputs hold
  for (const ValueInfo &input : file.inputs) computed.insert(input.name);
  for (const GraphNode &node : file.nodes) {
    const auto any_in = [&node](const std::set<std::string_view> &values) {
      return std::ranges::any_of(node.inputs, [&](std::string_view input) { return values.contains(input); });
    };
    const bool tells_shape = is_one_of(node.type, {"Shape", "Size"});
    // Bodies also read values of the graph around them. What a loop computes is taken to have a shape of its own.
    const bool has_bodies = is_one_of(node.type, {"If", "Loop", "Scan"});
    bool varies = any_in(varying) || node.type == "Loop";
    if ((tells_shape ? varies : any_in(computed)) || has_bodies)
      computed.insert(node.outputs.begin(), node.outputs.end());
    const uint32_t places = shape_inputs(node.type);
    for (size_t i = 0; places != 0 && i < std::min<size_t>(node.inputs.size(), 32); ++i)
      varies = varies || ((places >> i & 1) != 0 && computed.contains(node.inputs[i]));
    if (varies && !tells_shape) varying.insert(node.outputs.begin(), node.outputs.end());
  }
  return varying;
}

std::optional<uint64_t> count_macc(const ModelFile &file, const ShapesByValue &known) {
  // What bodies of loops and branches compute is not known before a run.
  const auto holds_graphs = [](const GraphNode &node) { return is_one_of(node.type, {"If", "Loop", "Scan"}); };
  if (std::any_of(file.nodes.begin(), file.nodes.end(), holds_graphs)) return {};
  Shapes shapes(file, known);
  uint64_t total = 0;
  for (const GraphNode &node : file.nodes) total += node_macc(node, shapes);
  return shapes.missing() ? std::nullopt : std::optional(total);
}

}  // namespace air::ort
