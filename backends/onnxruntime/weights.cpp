// SPDX-License-Identifier: BSD-3-Clause
// Option weights: which constants of a graph are weights.
#include "onnxruntime/weights.h"

#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/utf8.h"
#include "onnxruntime/bodies.h"
#include "onnxruntime/model_file.h"
#include "runtime/weights.h"

namespace air::ort {

using runtime::Channels;

namespace {

// Inputs of operators that are weights, and the dimensions that their output channels lie along; negative: from the end.
struct WeightPlace {
  std::string_view type;
  size_t input;
  int axis, last_axis;
};

constexpr std::array kPlaces = {
    WeightPlace{"Conv", 1, 0, 0},     WeightPlace{"FusedConv", 1, 0, 0}, WeightPlace{"ConvTranspose", 1, 1, 1},
    WeightPlace{"MatMul", 0, -2, -2}, WeightPlace{"MatMul", 1, -1, -1},  WeightPlace{"Gemm", 1, 1, 1},
    WeightPlace{"LSTM", 1, 0, 1},     WeightPlace{"LSTM", 2, 0, 1},      WeightPlace{"GRU", 1, 0, 1},
    WeightPlace{"GRU", 2, 0, 1},      WeightPlace{"RNN", 1, 0, 1},       WeightPlace{"RNN", 2, 0, 1},
};

// Nothing for an input that is no weight.
std::optional<Channels> channels_of(const GraphNode &node, size_t input, const Constant &constant) {
  const auto rank = static_cast<int>(constant.shape.size());
  if (rank < 2 || dtype_of_element(constant.element_type) != AIR_DTYPE_FLOAT32) return {};
  for (const WeightPlace &place : kPlaces) {
    if (place.type != node.type || place.input != input) continue;
    const bool rows = node.type == "Gemm" && node.transposes_right;
    const int axis = rows ? 0 : place.axis, last = rows ? 0 : place.last_axis;
    return runtime::channels_along(constant.shape, static_cast<size_t>(axis < 0 ? axis + rank : axis),
                                   static_cast<size_t>(last < 0 ? last + rank : last));
  }
  return {};
}

// Constants that are read as something else, however the nodes of the main graph read them.
void add_others(const ModelFile &file, runtime::Weights &weights) {
  std::set<std::string_view> names;
  each_graph_field(file.bytes, [&](const protobuf::Field &field) {
    if (field.number == onnx_field::kGraphNode) names.merge(read_by_bodies(field.bytes));
  });
  for (const ValueInfo &output : file.outputs) names.insert(output.name);
  for (const std::string_view name : names) {
    const auto found = file.constants.find(name);
    if (found != file.constants.end()) weights.add_other(found->second.raw);
  }
}

}  // namespace

protobuf::Bytes round_weights(std::span<std::byte> bytes, const std::string &name,
                              const runtime::CommonOptions &options, const HostLog &log) {
  if (options.weights == runtime::Rounding::kNone) return bytes;
  const ModelFile file(bytes, name);
  runtime::Weights weights;
  for (const GraphNode &node : file.nodes) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const auto found = file.constants.find(node.inputs[i]);
      if (found == file.constants.end()) continue;
      const Constant &constant = found->second;
      const std::optional<Channels> channels = channels_of(node, i, constant);
      if (!channels) {
        weights.add_other(constant.raw);
        continue;
      }
      if (constant.size_bytes() == 0) continue;
      if (constant.raw.size() != constant.size_bytes()) {
        fail(AIR_ERROR_UNSUPPORTED,
             "option weights: the values of '{}' do not lie in the file in one piece, and those in files beside it "
             "cannot be rounded: save the model with its weights inside",
             printable(node.inputs[i]));
      }
      weights.add(constant.raw, *channels, printable(node.inputs[i]));
    }
  }
  read_or_refuse(bytes, name, [&] { add_others(file, weights); });
  weights.round(bytes, options, log);
  return bytes;
}

}  // namespace air::ort
