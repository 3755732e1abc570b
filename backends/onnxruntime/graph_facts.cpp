// SPDX-License-Identifier: BSD-3-Clause
// What follows from the nodes of a graph: the quantization of its values, and its multiply-accumulate operations.
#include "graph_facts.h"

#include <algorithm>
#include <array>

namespace air::ort {

using runtime::Quantization;
using runtime::Shape;

namespace {

// Where a node has a quantized value: its place among inputs or outputs, and the inputs with its scale and zero point.
struct QuantizedPlace {
  std::string_view type;
  bool is_output;
  size_t place, scale, zero_point;
};

constexpr std::array kPlaces = {
    QuantizedPlace{"QuantizeLinear", true, 0, 1, 2},
    QuantizedPlace{"DequantizeLinear", false, 0, 1, 2},
    QuantizedPlace{"QLinearConv", false, 0, 1, 2},
    QuantizedPlace{"QLinearConv", true, 0, 6, 7},
    QuantizedPlace{"QLinearMatMul", false, 0, 1, 2},
    QuantizedPlace{"QLinearMatMul", true, 0, 6, 7},
    QuantizedPlace{"QGemm", false, 0, 1, 2},
    QuantizedPlace{"QGemm", true, 0, 7, 8},
    QuantizedPlace{"QLinearAdd", false, 0, 1, 2},
    QuantizedPlace{"QLinearAdd", false, 3, 4, 5},
    QuantizedPlace{"QLinearAdd", true, 0, 6, 7},
    QuantizedPlace{"QLinearMul", false, 0, 1, 2},
    QuantizedPlace{"QLinearMul", false, 3, 4, 5},
    QuantizedPlace{"QLinearMul", true, 0, 6, 7},
    QuantizedPlace{"QLinearSigmoid", true, 0, 3, 4},
    QuantizedPlace{"QLinearLeakyRelu", true, 0, 3, 4},
    QuantizedPlace{"QLinearAveragePool", true, 0, 3, 4},
    QuantizedPlace{"QLinearGlobalAveragePool", true, 0, 3, 4},
    QuantizedPlace{"QLinearSoftmax", true, 0, 3, 4},
    QuantizedPlace{"QLinearConcat", true, 0, 0, 1},
};

// Nodes that move values without changing them.
constexpr std::array kMoving = {std::string_view("MaxPool"),   std::string_view("Reshape"),
                                std::string_view("Flatten"),   std::string_view("Squeeze"),
                                std::string_view("Unsqueeze"), std::string_view("Transpose"),
                                std::string_view("Identity")};

std::string_view input_at(const GraphNode &node, size_t place) {
  return place < node.inputs.size() ? node.inputs[place] : std::string_view();
}

// Empty when scale or zero point are not constants.
Quantization quantization_of(const ModelFile &file, const GraphNode &node, const QuantizedPlace &place) {
  const auto scale = file.constants.find(input_at(node, place.scale));
  if (scale == file.constants.end()) return {};
  Quantization result;
  result.scales = scale->second.as_floats();
  const auto zero = file.constants.find(input_at(node, place.zero_point));
  result.zero_points = zero == file.constants.end() ? std::vector<int32_t>{0} : zero->second.as_integers();
  if (result.zero_points.size() != 1 && result.zero_points.size() != result.scales.size()) return {};
  if (result.scales.size() > 1) {
    result.axis = static_cast<int32_t>(node.axis.value_or(1));
  }
  return result;
}

uint64_t count(const Shape &shape) {
  return runtime::element_count(shape).value_or(UINT64_MAX);
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
  const std::string_view output = node.outputs.empty() ? std::string_view() : node.outputs[0];
  const std::string_view type = node.type;
  if (is_one_of(type, {"Conv", "ConvInteger", "FusedConv", "QLinearConv"})) {
    return count(shapes.of(output)) * per_first(shapes.of(input_at(node, type == "QLinearConv" ? 3 : 1)));
  }
  if (type == "ConvTranspose") return count(shapes.of(input_at(node, 0))) * per_first(shapes.of(input_at(node, 1)));
  if (is_one_of(type, {"MatMul", "MatMulInteger", "QLinearMatMul"})) {
    const Shape &left = shapes.of(input_at(node, 0));
    return left.empty() ? 0 : count(shapes.of(output)) * static_cast<uint64_t>(std::max<int64_t>(left.back(), 0));
  }
  if (is_one_of(type, {"Gemm", "QGemm"})) {
    const Shape &result = shapes.of(output);
    const uint64_t rows = result.empty() ? 0 : static_cast<uint64_t>(std::max<int64_t>(result[0], 0));
    return rows == 0 ? 0 : count(result) * (count(shapes.of(input_at(node, 0))) / rows);
  }
  if (is_one_of(type, {"LSTM", "GRU", "RNN"})) {
    const Shape &input = shapes.of(input_at(node, 0));
    const uint64_t steps = input.size() < 2 ? 0 : count({input[0], input[1]});
    return steps * (count(shapes.of(input_at(node, 1))) + count(shapes.of(input_at(node, 2))));
  }
  return 0;
}

}  // namespace

std::map<std::string_view, Quantization> find_quantizations(const ModelFile &file) {
  std::map<std::string_view, Quantization> found;
  // Scales are a small part of a file, read by one or two nodes each; thousands of nodes may name the same large one.
  size_t n_left = file.bytes.size() / 2;
  for (const GraphNode &node : file.nodes) {
    for (const QuantizedPlace &place : kPlaces) {
      if (place.type != node.type) continue;
      const std::string_view value = !place.is_output                    ? input_at(node, place.place)
                                     : place.place < node.outputs.size() ? node.outputs[place.place]
                                                                         : std::string_view();
      if (value.empty() || found.contains(value)) continue;
      Quantization quantization = quantization_of(file, node, place);
      if (quantization.scales.empty() || quantization.scales.size() > n_left) continue;
      n_left -= quantization.scales.size();
      found.emplace(value, std::move(quantization));
    }
    const bool moves = std::find(kMoving.begin(), kMoving.end(), node.type) != kMoving.end();
    if (!moves || node.inputs.empty() || node.outputs.empty()) continue;
    const auto source = found.find(node.inputs[0]);
    if (source != found.end() && source->second.scales.size() == 1) found.emplace(node.outputs[0], source->second);
  }
  return found;
}

uint64_t count_macc(const ModelFile &file, const ShapesByValue &known) {
  // What bodies of loops and branches compute is not known before a run.
  const auto holds_graphs = [](const GraphNode &node) { return is_one_of(node.type, {"If", "Loop", "Scan"}); };
  if (std::any_of(file.nodes.begin(), file.nodes.end(), holds_graphs)) return UINT64_MAX;
  Shapes shapes(file, known);
  uint64_t total = 0;
  for (const GraphNode &node : file.nodes) total += node_macc(node, shapes);
  return shapes.missing() ? UINT64_MAX : total;
}

}  // namespace air::ort
