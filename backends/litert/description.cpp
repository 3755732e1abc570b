// SPDX-License-Identifier: BSD-3-Clause
// What is told of a model: its inputs, outputs and nodes.
#include <algorithm>

#include "common/shape.h"
#include "common/utf8.h"
#include "litert/model.h"
#include "plugin/host_device.h"
#include "runtime/describe.h"
#include "tflite_file/macc.h"
#include "tflite_file/names.h"
#include "tflite_file/schema.h"

namespace air::litert {

using runtime::Shape;

// Tensors that are computed from shapes alone: the runtime does so once, beforehand, and does not give them out.
std::set<int32_t> Model::shape_arithmetic() const {
  std::set<int32_t> found;
  for (const FileOperator &op : file_.operators) {
    bool any = op.code == schema::BuiltinOperator_SHAPE || op.code == schema::BuiltinOperator_RANK;
    bool all = true;
    for (const int32_t input : op.inputs) {
      any = any || found.contains(input);
      all = all && (input < 0 || found.contains(input) || file_.tensor(input).is_constant);
    }
    if (any && (all || op.code == schema::BuiltinOperator_SHAPE || op.code == schema::BuiltinOperator_RANK))
      found.insert(op.outputs.begin(), op.outputs.end());
  }
  return found;
}

// The model's own outputs, then what else operators write.
std::vector<int32_t> Model::node_outputs() const {
  const std::set<int32_t> shapes = shape_arithmetic();
  std::vector<int32_t> outputs = file_.outputs;
  std::set<int32_t> known(outputs.begin(), outputs.end());
  for (const FileOperator &op : file_.operators) {
    for (const int32_t index : op.outputs) {
      const FileTensor &tensor = file_.tensor(index);
      const bool readable = dtype_of_type(tensor.type) != AIR_DTYPE_NONE && !tensor.is_constant &&
                            !tensor.is_variable && tensor.shape.size() <= abi::kMaxRank && !shapes.contains(index);
      if (readable && known.insert(index).second) outputs.push_back(index);
    }
  }
  return outputs;
}

backend::Tensor Model::describe(int32_t index, const Shape &shape) const {
  const FileTensor &tensor = file_.tensor(index);
  return runtime::describe_tensor(name_of_tensor(file_, index), dtype_of_type(tensor.type), shape,
                                  tensor.quantization ? &*tensor.quantization : nullptr);
}

void Model::describe_ports() {
  for (size_t i = 0; i < file_.inputs.size(); ++i)
    runtime::add_port(model_.inputs, describe(file_.inputs[i], input_shapes_[i]));
  for (size_t i = 0; i < file_.outputs.size(); ++i)
    runtime::add_port(model_.outputs, describe(file_.outputs[i], plain_->found().shapes[i]));
}

void Model::describe_nodes() {
  if (options_.accelerators != abi::kAcceleratorCpu || !options_.cpu.empty()) {
    no_nodes_ =
        "layers are run without a delegate, and options accelerator and cpu.* are for delegates: leave them out, "
        "or the layers (compare --outputs-only, run --mode io-only)";
    node_outputs_.clear();
  }
  try {
    if (!file_.operators.empty() && no_nodes_.empty()) find_node_shapes();
  } catch (const Refusal &refusal) {
    if (refusal.status() == AIR_ERROR_NO_MEMORY) throw;
    // What cannot be run at all has no use for advice on layers.
    const std::string &refused_too = plain_->found().refusal;
    no_nodes_ = refused_too.empty() ? nodes_refused(refusal, false).what() : refused_too;
    node_outputs_.clear();
    log_.warn("no nodes: {}", no_nodes_);
  }
  for (const FileOperator &op : file_.operators) add_node(op);
  if (no_nodes_.empty()) layers_ = layers_with({});
}

void Model::find_node_shapes() {
  const std::unique_ptr<Compiled> compiled = compile({node_outputs_, {}}, Purpose::kNodeShapes, nothing_found());
  const Found &found = compiled->found();
  std::vector<int32_t> kept;
  for (size_t i = 0; i < node_outputs_.size(); ++i) {
    const bool is_output = i < file_.outputs.size();
    if (!is_output && element_count(found.shapes[i]) == 0) continue;
    kept.push_back(node_outputs_[i]);
    nodes_found_.shapes.push_back(is_output ? plain_->found().shapes[i] : found.shapes[i]);
  }
  nodes_found_.reading = found.reading;
  node_outputs_ = std::move(kept);
}

void Model::add_node(const FileOperator &op) {
  Node &node = nodes_.emplace_back();
  backend::Node &told = model_.nodes.emplace_back();
  const auto code = static_cast<uint32_t>(op.code);
  told.name = name_of_operator(file_, nodes_.size() - 1);
  told.operation = fmt::format("{} ({})", type_of_operator(op), code);
  told.operation_code = code;
  told.layer_number = static_cast<uint32_t>(nodes_.size());
  told.processor = "CPU";
  told.computes_in = computes_in(op);
  for (const int32_t tensor : op.outputs) {
    const auto found = std::find(node_outputs_.begin(), node_outputs_.end(), tensor);
    if (found == node_outputs_.end()) continue;
    node.places.push_back(static_cast<size_t>(found - node_outputs_.begin()));
    told.outputs.push_back(describe(tensor, nodes_found_.shapes.at(node.places.back())));
  }
  for (const int32_t tensor : op.inputs) {
    if (std::optional<backend::Tensor> input = describe_node_input(tensor)) told.inputs.push_back(std::move(*input));
  }
  node.data.resize(node.places.size());
  node.shapes.resize(node.places.size());
}

// What an operator reads that the model is given or that another one computes; nothing for weights, and for what the runtime does not give out.
std::optional<backend::Tensor> Model::describe_node_input(int32_t tensor) const {
  const auto computed = std::ranges::find(node_outputs_, tensor);
  if (computed != node_outputs_.end())
    return describe(tensor, nodes_found_.shapes.at(static_cast<size_t>(computed - node_outputs_.begin())));
  const auto given = std::ranges::find(file_.inputs, tensor);
  if (given == file_.inputs.end()) return {};
  return model_.inputs[static_cast<size_t>(given - file_.inputs.begin())];
}

// Kernels may convert what they have no kernel for: float activations to the type of integer weights, float16 to float32.
air_dtype Model::computes_in(const FileOperator &op) const {
  std::vector<air_dtype> types;
  for (const auto *list : {&op.inputs, &op.outputs}) {
    for (const int32_t index : *list) {
      if (index >= 0) types.push_back(dtype_of_type(file_.tensor(index).type));
    }
  }
  const air_dtype type = runtime::computing_type(types);
  const bool converted = type == AIR_DTYPE_FLOAT16 || type == AIR_DTYPE_BFLOAT16 || type == AIR_DTYPE_INT4;
  return converted ? AIR_DTYPE_NONE : type;
}

// Of every tensor, as far as they are known after inputs were resized.
std::vector<Shape> Model::tensor_shapes() const {
  std::vector<Shape> shapes;
  for (const FileTensor &tensor : file_.tensors) shapes.push_back(tensor.shape);
  for (size_t i = 0; i < input_shapes_.size(); ++i) shapes[static_cast<size_t>(file_.inputs[i])] = input_shapes_[i];
  for (size_t i = 0; i < nodes_found_.shapes.size(); ++i)
    shapes[static_cast<size_t>(node_outputs_[i])] = nodes_found_.shapes[i];
  return shapes;
}

void Model::describe_model() {
  std::string description = fmt::format("{}; model: schema {}", api_.path(), file_.version);
  if (!file_.description.empty()) description += ", " + file_.description;
  if (!file_.made_by.empty()) description += fmt::format(", for runtime {} or newer", file_.made_by);
  model_.properties = host_device();
  model_.properties.emplace_back("hash", hash_);
  model_.properties.emplace_back("runtime", "LiteRT");
  model_.properties.emplace_back("runtime.description", std::move(description));
  model_.properties.emplace_back("runtime.protocol", "C API, in this process");
  runtime::add_version(model_.properties, "runtime.version", api_.release());
  model_.capabilities = (nodes_.empty() ? 0u : AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA) |
                        (any_can_be_given() ? AIR_CAP_GIVEN : 0u) | (file_.has_states() ? AIR_CAP_RESET_STATES : 0u);
  model_.macc = runtime::told(count_macc(file_, tensor_shapes()));
  model_.weights_bytes = runtime::told(file_.weights_bytes);
  model_.states_bytes = runtime::told(file_.states_bytes);
}

}  // namespace air::litert
