// SPDX-License-Identifier: BSD-3-Clause
// The multiply-accumulate operations of a graph.
#include "tflite_file/macc.h"

#include <algorithm>

#include "common/shape.h"
#include "runtime/tensor.h"
#include "tflite_file/schema.h"

namespace air::tflite_file {

using runtime::Shape;

namespace {

uint64_t count(const Shape &shape) {
  return element_count(shape).value_or(0);
}

// Elements without one of the dimensions.
uint64_t without(const Shape &shape, int64_t dimension) {
  return dimension <= 0 ? 0 : count(shape) / static_cast<uint64_t>(dimension);
}

bool is_counted(int code) {
  constexpr schema::BuiltinOperator kCounted[] = {
      schema::BuiltinOperator_CONV_2D, schema::BuiltinOperator_FULLY_CONNECTED,
      schema::BuiltinOperator_DEPTHWISE_CONV_2D, schema::BuiltinOperator_TRANSPOSE_CONV,
      schema::BuiltinOperator_BATCH_MATMUL};
  return std::find(std::begin(kCounted), std::end(kCounted), code) != std::end(kCounted);
}

bool is_not_counted(int code) {
  constexpr schema::BuiltinOperator kOthers[] = {schema::BuiltinOperator_LSTM,
                                                 schema::BuiltinOperator_RNN,
                                                 schema::BuiltinOperator_SVDF,
                                                 schema::BuiltinOperator_UNIDIRECTIONAL_SEQUENCE_RNN,
                                                 schema::BuiltinOperator_UNIDIRECTIONAL_SEQUENCE_LSTM,
                                                 schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_RNN,
                                                 schema::BuiltinOperator_BIDIRECTIONAL_SEQUENCE_LSTM,
                                                 schema::BuiltinOperator_CONV_3D,
                                                 schema::BuiltinOperator_CONV_3D_TRANSPOSE};
  return std::find(std::begin(kOthers), std::end(kOthers), code) != std::end(kOthers);
}

}  // namespace

std::optional<uint64_t> count_macc(const ModelFile &file, const std::vector<Shape> &shapes) {
  const auto shape_of = [&](const std::vector<int32_t> &list, size_t place) {
    return place < list.size() && list[place] >= 0 ? shapes.at(static_cast<size_t>(list[place])) : Shape{};
  };
  uint64_t total = 0;
  for (const FileOperator &op : file.operators) {
    if (is_not_counted(op.code)) return {};
    const Shape output = shape_of(op.outputs, 0);
    const Shape weights = shape_of(op.inputs, 1);
    if (is_counted(op.code) && !runtime::is_static(output)) return {};
    if (weights.empty() || output.empty()) continue;
    if (op.code == schema::BuiltinOperator_CONV_2D || op.code == schema::BuiltinOperator_FULLY_CONNECTED)
      total += count(output) * without(weights, weights.front());
    if (op.code == schema::BuiltinOperator_DEPTHWISE_CONV_2D) total += count(output) * without(weights, weights.back());
    if (op.code == schema::BuiltinOperator_TRANSPOSE_CONV)
      total += count(shape_of(op.inputs, 2)) * without(weights, weights.back());
    // Rows of one factor meet columns of the other, also when one of them is transposed.
    if (op.code == schema::BuiltinOperator_BATCH_MATMUL) {
      const Shape left = shape_of(op.inputs, 0);
      const uint64_t batch_and_rows = without(output, output.back());
      total += batch_and_rows == 0 ? 0 : count(output) * (count(left) / batch_and_rows);
    }
  }
  return total;
}

}  // namespace air::tflite_file
