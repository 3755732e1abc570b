// SPDX-License-Identifier: BSD-3-Clause
// Which values of a graph are quantized, and how: what its nodes tell.
#include "onnxruntime/quantization.h"

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
constexpr size_t kNoInput = SIZE_MAX;  // no node has so many: the scale is not told

constexpr std::array kPlaces = {
    QuantizedPlace{"QuantizeLinear", true, 0, 1, 2},
    QuantizedPlace{"DequantizeLinear", false, 0, 1, 2},
    QuantizedPlace{"DynamicQuantizeLinear", true, 0, kNoInput, kNoInput},
    QuantizedPlace{"ConvInteger", false, 0, kNoInput, kNoInput},
    QuantizedPlace{"ConvInteger", true, 0, kNoInput, kNoInput},
    QuantizedPlace{"MatMulInteger", false, 0, kNoInput, kNoInput},
    QuantizedPlace{"MatMulInteger", false, 1, kNoInput, kNoInput},
    QuantizedPlace{"MatMulInteger", true, 0, kNoInput, kNoInput},
    QuantizedPlace{"QLinearConv", false, 0, 1, 2},
    QuantizedPlace{"QLinearConv", true, 0, 6, 7},
    QuantizedPlace{"QLinearMatMul", false, 0, 1, 2},
    QuantizedPlace{"QLinearMatMul", false, 3, 4, 5},
    QuantizedPlace{"QLinearMatMul", true, 0, 6, 7},
    QuantizedPlace{"QGemm", false, 0, 1, 2},
    QuantizedPlace{"QGemm", true, 0, 7, 8},
    QuantizedPlace{"QLinearAdd", false, 0, 1, 2},
    QuantizedPlace{"QLinearAdd", false, 3, 4, 5},
    QuantizedPlace{"QLinearAdd", true, 0, 6, 7},
    QuantizedPlace{"QLinearMul", false, 0, 1, 2},
    QuantizedPlace{"QLinearMul", false, 3, 4, 5},
    QuantizedPlace{"QLinearMul", true, 0, 6, 7},
    QuantizedPlace{"QLinearSigmoid", false, 0, 1, 2},
    QuantizedPlace{"QLinearSigmoid", true, 0, 3, 4},
    QuantizedPlace{"QLinearLeakyRelu", false, 0, 1, 2},
    QuantizedPlace{"QLinearLeakyRelu", true, 0, 3, 4},
    QuantizedPlace{"QLinearAveragePool", false, 0, 1, 2},
    QuantizedPlace{"QLinearAveragePool", true, 0, 3, 4},
    QuantizedPlace{"QLinearGlobalAveragePool", false, 0, 1, 2},
    QuantizedPlace{"QLinearGlobalAveragePool", true, 0, 3, 4},
    QuantizedPlace{"QLinearSoftmax", false, 0, 1, 2},
    QuantizedPlace{"QLinearSoftmax", true, 0, 3, 4},
    QuantizedPlace{"QLinearReduceMean", false, 0, 1, 2},
    QuantizedPlace{"QLinearReduceMean", true, 0, 3, 4},
    QuantizedPlace{"QLinearWhere", false, 1, 2, 3},
    QuantizedPlace{"QLinearWhere", false, 4, 5, 6},
    QuantizedPlace{"QLinearWhere", true, 0, 7, 8},
    QuantizedPlace{"QLinearConcat", true, 0, 0, 1},
};
constexpr std::string_view kConcat = "QLinearConcat";  // its inputs: those of the output, then each value with its own

// Nodes that move values, or compute with them as they are stored: what they give out has the steps of what they read first.
constexpr std::array<std::string_view, 17> kMoving = {
    "DepthToSpace", "Expand", "Flatten", "Gather", "Identity",  "MaxPool",  "Pad",       "Reshape",     "Resize",
    "Slice",        "Split",  "Squeeze", "Tile",   "Transpose", "Upsample", "Unsqueeze", "SpaceToDepth"};

// Unknown when scale or zero point are not constants, or scales lie along several dimensions.
Quantization quantization_of(const ModelFile &file, const GraphNode &node, const QuantizedPlace &place) {
  const auto scale = file.constants.find(node.input(place.scale));
  if (scale == file.constants.end()) return {};
  const Shape &along = scale->second.shape;
  const auto n_long = std::count_if(along.begin(), along.end(), [](int64_t dimension) { return dimension != 1; });
  if (n_long > 1) return {};
  Quantization result;
  result.scales = scale->second.as_floats();
  const std::string_view zero_name = node.input(place.zero_point);
  const auto zero = file.constants.find(zero_name);
  if (zero != file.constants.end()) result.zero_points = zero->second.as_integers();
  const size_t n_zeros = result.zero_points.size();
  if (!zero_name.empty() && n_zeros != 1 && n_zeros != result.scales.size()) return {};
  if (result.scales.size() > 1) {
    result.axis = static_cast<int32_t>(node.axis.value_or(1));
    result.block = static_cast<uint32_t>(std::clamp<int64_t>(node.block_size, 0, INT32_MAX));
  }
  return result;
}

// Quantizations as they are found: known ones take the place of unknown ones.
class Quantizations {
 public:
  explicit Quantizations(const ModelFile &file) : file_(file), n_left_(file.bytes.size() / 2) {}

  void read(const GraphNode &node, const QuantizedPlace &place) {
    const std::string_view value = place.is_output ? node.output(place.place) : node.input(place.place);
    if (value.empty() || is_known(value)) return;
    Quantization quantization = quantization_of(file_, node, place);
    if (quantization.scales.size() > n_left_) quantization = {};
    n_left_ -= quantization.scales.size();
    found_[value] = std::move(quantization);
  }

  // What is moved has the same scale, unless its dimensions have scales of their own.
  void move(std::string_view from, std::string_view to) {
    const auto source = found_.find(from);
    if (source == found_.end() || to.empty() || is_known(to)) return;
    Quantization moved = source->second.scales.size() == 1 ? source->second : Quantization{};
    found_[to] = std::move(moved);
  }

  QuantizationByValue take() { return std::move(found_); }

 private:
  bool is_known(std::string_view value) const {
    const auto found = found_.find(value);
    return found != found_.end() && !found->second.scales.empty();
  }

  const ModelFile &file_;
  // Scales are a small part of a file, read by one or two nodes each; thousands of nodes may name the same large one.
  size_t n_left_;
  QuantizationByValue found_;
};

// Outputs that have the steps of the first input; the others are indices.
size_t n_moved(const GraphNode &node) {
  if (std::find(kMoving.begin(), kMoving.end(), node.type) == kMoving.end()) return 0;
  return node.type == "Split" ? node.outputs.size() : 1;
}

}  // namespace

QuantizationByValue find_quantizations(const ModelFile &file) {
  Quantizations found(file);
  for (const GraphNode &node : file.nodes) {
    for (const QuantizedPlace &place : kPlaces) {
      if (place.type == node.type) found.read(node, place);
    }
    for (size_t i = 2; node.type == kConcat && i + 2 < node.inputs.size(); i += 3)
      found.read(node, {kConcat, false, i, i + 1, i + 2});
    for (size_t i = 0; i < n_moved(node); ++i) found.move(node.input(0), node.output(i));
  }
  // What is read as quantized was so before it was moved.
  for (auto node = file.nodes.rbegin(); node != file.nodes.rend(); ++node) {
    for (size_t i = 0; i < n_moved(*node); ++i) found.move(node->output(i), node->input(0));
  }
  return found.take();
}

}  // namespace air::ort
