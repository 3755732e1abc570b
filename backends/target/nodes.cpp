// SPDX-License-Identifier: BSD-3-Clause
// The nodes of a model as a target reports them during a run.
#include "nodes.h"

#include "common/error.h"
#include "wire/constants.h"
#include "wire/format.h"
#include "wire/names.h"

namespace air::target {
namespace {

constexpr uint32_t kMostNodes = 65'536;
constexpr size_t kMostTensors = 1'024;

bool same_form(const wire::TensorDesc &a, const wire::TensorDesc &b) {
  return a.format == b.format && a.size == b.size && a.n_dims == b.n_dims && a.dims == b.dims;
}

// A tensor of a format that nobody knows is shown as bytes.
wire::TensorDesc describable(const wire::Tensor &tensor) {
  wire::TensorDesc desc = tensor.desc;
  if (wire::decode_format(desc.format)) return desc;
  desc.format = wire::encode_format({.dtype = AIR_DTYPE_UINT8});
  desc.size = static_cast<uint32_t>(tensor.data.datas.size());
  desc.n_dims = wire::kShapeUndefined;
  desc.dims = {1, desc.size};
  desc.scale = 0;
  return desc;
}

}  // namespace

void Nodes::begin_run(bool with_data) {
  table_ = &tables_[with_data ? 1 : 0];
  if (!table_->empty() && !table_->back()->complete) table_->pop_back();  // a run broke off
  current_ = nullptr;
  index_ = 0;
}

void Nodes::fail_changed() const {
  fail(AIR_ERROR_PROTOCOL, "node {} is another one than in the runs before: does the target run this model?", index_);
}

void Nodes::begin_node(const wire::Operator &op) {
  if (index_ == kMostNodes) fail(AIR_ERROR_PROTOCOL, "the target reports more than {} nodes", kMostNodes);
  data_.clear();
  if (index_ < table_->size()) {
    current_ = (*table_)[index_].get();
    const wire::Operator &known = current_->op;
    if (known.type != op.type || known.id != op.id || known.name != op.name) fail_changed();
    current_->op = op;
    return;
  }
  auto node = std::make_unique<Node>();
  node->op = op;
  node->name = wire::clean_text(wire::node_name(rtid_, wire::without_undefined(op.name), op.id, index_));
  node->description = wire::operator_description(rtid_, runtime_version_, op.type);
  current_ = table_->emplace_back(std::move(node)).get();
}

void Nodes::learn_tensor(Node &node, const wire::Tensor &tensor) {
  const auto place = static_cast<uint32_t>(node.descs.size());
  if (place == kMostTensors) fail(AIR_ERROR_PROTOCOL, "node {} has more than {} tensors", index_, kMostTensors);
  node.tensors.push_back(std::make_unique<TensorInfo>(
      describable(tensor),
      wire::clean_text(wire::node_tensor_name(rtid_, wire::without_undefined(tensor.desc.name), index_, place)),
      wire::node_tensor_tag(rtid_, node.op.id, index_, place), tensor.data.datas.size()));
  node.outputs.push_back(&node.tensors.back()->view);
  node.descs.push_back(tensor.desc);
  node.copies.emplace_back();
}

void Nodes::add_tensor(const wire::Tensor &tensor, bool keep) {
  const size_t place = data_.size();
  Node &node = *current_;
  if (!node.complete) learn_tensor(node, tensor);
  if (place >= node.descs.size() || !same_form(node.descs[place], tensor.desc)) fail_changed();
  const wire::Bytes bytes = tensor.data.datas;
  const air_tensor_info &info = *node.outputs[place];
  if (!bytes.empty() && bytes.size() != info.size_bytes) {
    fail(AIR_ERROR_PROTOCOL, "Received TensorDesc is not consistent: {} - {} bytes came, its description makes {}",
         info.name, bytes.size(), info.size_bytes);
  }
  if (keep && !bytes.empty()) {
    node.copies[place].assign(bytes.begin(), bytes.end());
    data_.push_back(node.copies[place].data());
  } else {
    data_.push_back(bytes.empty() ? nullptr : bytes.data());
  }
}

void Nodes::complete(Node &node) {
  node.complete = true;
  node.info = {
      .struct_size = sizeof(node.info),
      .index = index_,
      .name = node.name.c_str(),
      .description = node.description.c_str(),
      .id = wire::node_model_id(rtid_, node.op.id),
      .type = node.op.type & wire::kOperatorKindMask,
      .n_inputs = 0,
      .n_outputs = static_cast<uint32_t>(node.outputs.size()),
      .inputs = nullptr,
      .outputs = node.outputs.data(),
  };
}

Nodes::Ended Nodes::end_node() {
  Node &node = *current_;
  if (!node.complete) complete(node);
  if (data_.size() != node.outputs.size()) fail_changed();
  current_ = nullptr;
  ++index_;
  return {&node.info, data_.data(), &node.op};
}

}  // namespace air::target
