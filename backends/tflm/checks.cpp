// SPDX-License-Identifier: BSD-3-Clause
// Models are compiled into a firmware, so that TensorFlow Lite Micro trusts them. Here they are files.
#include "tflm/checks.h"

#include <tensorflow/lite/schema/schema_generated.h>

#include <algorithm>
#include <vector>

#include "common/error.h"
#include "tflite_file/names.h"

namespace air::tflm {
namespace {

using tflite_file::FileOperator;
using tflite_file::FileTensor;
using tflite_file::ModelFile;

constexpr size_t kMostDimensions = 4;

// Its schema is older than ours: what is new there it does not find, and what options say it reads by its own.
bool can_be_read_by_old(const ModelFile &file) {
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t *>(file.bytes.data()), file.bytes.size());
  return ::tflite::VerifyModelBuffer(verifier);
}

template <class Numbers>
size_t count_of(const Numbers *numbers) {
  return numbers == nullptr ? 0 : numbers->size();
}

bool has_place_of_old(const ModelFile &file) {
  const auto *model = ::tflite::GetModel(file.bytes.data());
  if (model->buffers() == nullptr || model->operator_codes() == nullptr) return false;
  const auto *graph = model->subgraphs()->Get(0);
  const auto is_there = [&](const ::tflite::Tensor *tensor, const FileTensor &known) {
    if (tensor->buffer() >= model->buffers()->size()) return false;
    const auto *data = model->buffers()->Get(tensor->buffer())->data();
    const auto *quantization = tensor->quantization();
    return count_of(data) == known.constant.size() &&
           (quantization == nullptr || count_of(quantization->scale()) == count_of(quantization->zero_point()));
  };
  for (uint32_t i = 0; i < graph->tensors()->size(); ++i) {
    if (!is_there(graph->tensors()->Get(i), file.tensors[i])) return false;
  }
  return true;
}

void check_operator(const ModelFile &file, size_t index, const Ops &ops) {
  const FileOperator &op = file.operators[index];
  const std::string name = fmt::format("operator {} ('{}')", index, tflite_file::name_of_operator(file, index));
  const bool is_known = op.name.empty() && op.code <= ::tflite::BuiltinOperator_MAX &&
                        ops.FindOp(static_cast<::tflite::BuiltinOperator>(op.code), 0) != nullptr;
  if (!is_known) {
    fail(AIR_ERROR_UNSUPPORTED,
         "{} is a {}, which this revision of TensorFlow Lite Micro does not have: run the model by LiteRT (tflite:)",
         name, tflite_file::type_of_operator(op));
  }
  if (op.inputs.empty() || op.outputs.empty() || std::ranges::find(op.inputs, -1) != op.inputs.end()) {
    fail(AIR_ERROR_UNSUPPORTED,
         "{} has no inputs, leaves one out, or has no outputs, which this revision of TensorFlow Lite Micro cannot "
         "read: run the model by LiteRT (tflite:)",
         name);
  }
}

// What nobody writes has no memory.
void check_order(const ModelFile &file) {
  std::vector<bool> is_written(file.tensors.size());
  for (size_t i = 0; i < is_written.size(); ++i)
    is_written[i] = file.tensors[i].is_constant || file.tensors[i].is_variable;
  for (const int32_t index : file.inputs) is_written[static_cast<size_t>(index)] = true;
  for (size_t i = 0; i < file.operators.size(); ++i) {
    for (const int32_t index : file.operators[i].inputs) {
      if (is_written[static_cast<size_t>(index)]) continue;
      fail(AIR_ERROR_INVALID_MODEL, "operator {} ('{}') reads tensor '{}', which nothing before it writes", i,
           tflite_file::name_of_operator(file, i), tflite_file::name_of_tensor(file, index));
    }
    for (const int32_t index : file.operators[i].outputs) is_written[static_cast<size_t>(index)] = true;
  }
}

void check_tensor(const ModelFile &file, int32_t index, uint64_t &total) {
  const FileTensor &tensor = file.tensor(index);
  const std::string name = tflite_file::name_of_tensor(file, index);
  const bool is_empty = std::ranges::find(tensor.shape, 0) != tensor.shape.end();
  if (!runtime::is_static(tensor.shape) || (tensor.size_bytes == 0 && !is_empty)) {
    fail(AIR_ERROR_UNSUPPORTED, "tensor '{}' is {} of {}: TensorFlow Lite Micro wants types and sizes that are fixed",
         name, runtime::open_shape_text(tensor.shape), tflite_file::type_name(tensor.type));
  }
  if (tensor.shape.size() > kMostDimensions) {
    fail(AIR_ERROR_UNSUPPORTED, "tensor '{}' has {} dimensions: TensorFlow Lite Micro knows at most {}", name,
         tensor.shape.size(), kMostDimensions);
  }
  total += std::min(tensor.size_bytes, kMostBytes);
  if (total > kMostBytes)
    fail(AIR_ERROR_UNSUPPORTED, "the tensors up to '{}' take {} bytes: at most {} are possible", name, total,
         kMostBytes);
  if (tensor.is_constant && tensor.constant.size() != tensor.size_bytes) {
    fail(AIR_ERROR_INVALID_MODEL, "constant '{}' has {} bytes: expected {} for {} of {}", name, tensor.constant.size(),
         tensor.size_bytes, runtime::open_shape_text(tensor.shape), tflite_file::type_name(tensor.type));
  }
  if (tensor.quantization && tensor.quantization->zero_points.size() != tensor.quantization->scales.size()) {
    fail(AIR_ERROR_UNSUPPORTED, "tensor '{}' has {} scales and {} zero points: TensorFlow Lite Micro wants as many",
         name, tensor.quantization->scales.size(), tensor.quantization->zero_points.size());
  }
}

}  // namespace

void check_model(const ModelFile &file, const std::string &path, const Ops &ops) {
  if (file.n_graphs != 1 || file.operators.empty() || file.inputs.empty()) {
    fail(AIR_ERROR_UNSUPPORTED,
         "'{}' has {} graphs, the first of {} operators and {} inputs: TensorFlow Lite Micro runs one graph with some "
         "of both",
         path, file.n_graphs, file.operators.size(), file.inputs.size());
  }
  for (size_t i = 0; i < file.operators.size(); ++i) check_operator(file, i, ops);
  if (!can_be_read_by_old(file)) {
    fail(AIR_ERROR_INVALID_MODEL,
         "'{}' has options of operators that are damaged, or newer than this revision of TensorFlow Lite Micro", path);
  }
  check_order(file);
  uint64_t total = 0;
  for (int32_t i = 0; file.is_tensor(i); ++i) check_tensor(file, i, total);
  if (!has_place_of_old(file)) {
    fail(AIR_ERROR_UNSUPPORTED,
         "'{}' keeps constants in a way that this revision of TensorFlow Lite Micro does not know: run the model by "
         "LiteRT (tflite:)",
         path);
  }
}

std::string note_of(const ModelFile &file) {
  for (size_t i = 0; i < file.operators.size(); ++i) {
    const FileOperator &op = file.operators[i];
    if (op.code != ::tflite::BuiltinOperator_FULLY_CONNECTED || op.inputs.size() < 2) continue;
    const auto &quantization = file.tensor(op.inputs[1]).quantization;
    if (!quantization || quantization->scales.size() < 2) continue;
    return fmt::format(
        "operator {} ('{}'), FULLY_CONNECTED, has weights with {} scales, of which this revision of TensorFlow Lite "
        "Micro takes the first for all: its values are other ones than the network says, as on a board with this "
        "revision",
        i, tflite_file::name_of_operator(file, i), quantization->scales.size());
  }
  return "";
}

}  // namespace air::tflm
