// SPDX-License-Identifier: BSD-3-Clause
// What is told of a model: its inputs, outputs and nodes.
#include <tensorflow/core/public/version.h>

#include "plugin/host_device.h"
#include "runtime/describe.h"
#include "runtime/model_hash.h"
#include "tflite_file/macc.h"
#include "tflite_file/names.h"
#include "tflm/model.h"

namespace air::tflm {

using tflite_file::FileOperator;
using tflite_file::FileTensor;

backend::Tensor Model::describe(int32_t index) const {
  const FileTensor &tensor = file_.tensor(index);
  return runtime::describe_tensor(tflite_file::name_of_tensor(file_, index), tflite_file::dtype_of_type(tensor.type),
                                  tensor.shape, tensor.quantization ? &*tensor.quantization : nullptr);
}

void Model::describe_ports() {
  for (const int32_t index : file_.inputs) runtime::add_port(model_.inputs, describe(index));
  for (const int32_t index : file_.outputs) runtime::add_port(model_.outputs, describe(index));
}

void Model::describe_nodes() {
  for (const FileOperator &op : file_.operators) {
    backend::Node &told = model_.nodes.emplace_back();
    const auto code = static_cast<uint32_t>(op.code);
    told.name = tflite_file::name_of_operator(file_, model_.nodes.size() - 1);
    told.operation = fmt::format("{} ({})", tflite_file::type_of_operator(op), code);
    told.operation_code = code;
    told.layer_number = static_cast<uint32_t>(model_.nodes.size());
    told.processor = "CPU";
    std::vector<air_dtype> types;
    for (const int32_t index : op.inputs) {
      types.push_back(tflite_file::dtype_of_type(file_.tensor(index).type));
      if (!file_.tensor(index).is_constant && !file_.tensor(index).is_variable) told.inputs.push_back(describe(index));
    }
    for (const int32_t index : op.outputs) {
      types.push_back(tflite_file::dtype_of_type(file_.tensor(index).type));
      told.outputs.push_back(describe(index));
    }
    told.computes_in = runtime::computing_type(types);
    node_data_.emplace_back(told.outputs.size());
  }
  given_.resize(model_.nodes.size());
}

void Model::describe_model() {
  std::vector<runtime::Shape> shapes;
  for (const FileTensor &tensor : file_.tensors) shapes.push_back(tensor.shape);
  std::string description = fmt::format("built in; model: schema {}", file_.version);
  if (!file_.description.empty()) description += ", " + file_.description;
  model_.properties = host_device();
  model_.properties.emplace_back("hash", runtime::model_hash(bytes_));
  model_.properties.emplace_back("runtime", "TFLM");
  model_.properties.emplace_back("runtime.description", std::move(description));
  model_.properties.emplace_back("runtime.protocol", "in this process");
  runtime::add_version(model_.properties, "runtime.version", TF_VERSION_STRING);
  model_.capabilities =
      AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_GIVEN | (file_.has_states() ? AIR_CAP_RESET_STATES : 0u);
  model_.macc = runtime::told(tflite_file::count_macc(file_, shapes));
  model_.weights_bytes = runtime::told(file_.weights_bytes);
  model_.activations_bytes = runtime::told(arena_used_);
  model_.states_bytes = runtime::told(file_.states_bytes);
}

}  // namespace air::tflm
