// SPDX-License-Identifier: BSD-3-Clause
// Option weights: which constants of a graph are weights.
#include "litert/weights.h"

#include <array>
#include <optional>

#include "runtime/weights.h"
#include "tflite_file/schema.h"

namespace air::litert {

using runtime::Channels;

namespace {

// Inputs of operators that are weights, from one to another, and the dimension of output channels; negative: from the end.
struct WeightPlaces {
  schema::BuiltinOperator code;
  size_t first, last;
  int axis;
};

constexpr std::array kPlaces = {
    WeightPlaces{schema::BuiltinOperator_CONV_2D, 1, 1, 0},
    WeightPlaces{schema::BuiltinOperator_DEPTHWISE_CONV_2D, 1, 1, -1},
    WeightPlaces{schema::BuiltinOperator_FULLY_CONNECTED, 1, 1, 0},
    WeightPlaces{schema::BuiltinOperator_TRANSPOSE_CONV, 1, 1, 0},
    WeightPlaces{schema::BuiltinOperator_BATCH_MATMUL, 1, 1, -1},
    WeightPlaces{schema::BuiltinOperator_CONV_3D, 1, 1, -1},
    WeightPlaces{schema::BuiltinOperator_CONV_3D_TRANSPOSE, 1, 1, -2},
    WeightPlaces{schema::BuiltinOperator_SVDF, 1, 2, 0},
    WeightPlaces{schema::BuiltinOperator_RNN, 1, 2, 0},
    WeightPlaces{schema::BuiltinOperator_UNIDIRECTIONAL_SEQUENCE_RNN, 1, 2, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_RNN, 1, 2, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_RNN, 5, 6, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_RNN, 10, 11, 0},
    WeightPlaces{schema::BuiltinOperator_LSTM, 1, 8, 0},
    WeightPlaces{schema::BuiltinOperator_LSTM, 16, 16, 0},
    WeightPlaces{schema::BuiltinOperator_UNIDIRECTIONAL_SEQUENCE_LSTM, 1, 8, 0},
    WeightPlaces{schema::BuiltinOperator_UNIDIRECTIONAL_SEQUENCE_LSTM, 16, 16, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_LSTM, 1, 8, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_LSTM, 16, 16, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_LSTM, 18, 25, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_LSTM, 33, 33, 0},
    WeightPlaces{schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_LSTM, 40, 47, 0},
};

// Nothing for an input that is no weight.
std::optional<Channels> channels_of(const FileOperator &op, size_t input, const FileTensor &tensor) {
  const auto rank = static_cast<int>(tensor.shape.size());
  if (rank < 2 || tensor.type != schema::TensorType_FLOAT32 || tensor.constant.size() != tensor.size_bytes) return {};
  for (const WeightPlaces &places : kPlaces) {
    if (places.code != op.code || input < places.first || input > places.last) continue;
    const int from_end = op.transposes_right ? -2 : places.axis;
    const auto axis = static_cast<size_t>(from_end < 0 ? from_end + rank : from_end);
    return runtime::channels_along(tensor.shape, axis, axis);
  }
  return {};
}

}  // namespace

Bytes round_weights(std::span<std::byte> bytes, const std::string &name, const runtime::CommonOptions &options,
                    const HostLog &log) {
  if (options.weights == runtime::Rounding::kNone) return bytes;
  const ModelFile file(bytes, name);
  runtime::Weights weights;
  for (const FileOperator &op : file.operators) {
    for (size_t i = 0; i < op.inputs.size(); ++i) {
      if (op.inputs[i] < 0 || !file.tensor(op.inputs[i]).is_constant) continue;
      const FileTensor &tensor = file.tensor(op.inputs[i]);
      if (const std::optional<Channels> channels = channels_of(op, i, tensor)) {
        weights.add(tensor.constant, *channels, tensor.name);
      } else {
        weights.add_other(tensor.constant);
      }
    }
  }
  for (const int32_t output : file.outputs) weights.add_other(file.tensor(output).constant);
  for (const Bytes constant : file.inner_constants) weights.add_other(constant);
  weights.round(bytes, options, log);
  return bytes;
}

}  // namespace air::litert
