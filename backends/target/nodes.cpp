// SPDX-License-Identifier: BSD-3-Clause
// The nodes of a model as a target reports them during a run.
#include "nodes.h"

#include <utility>

#include "common/error.h"
#include "wire/constants.h"
#include "wire/format.h"
#include "wire/names.h"

namespace air::target {
namespace {

constexpr uint32_t kMostNodes = 65'536;
constexpr size_t kMostTensors = 1'024;

// A tensor of a format that nobody knows is shown as bytes.
wire::TensorDesc describable(const wire::TensorDesc &given, size_t n_bytes) {
  wire::TensorDesc desc = given;
  if (wire::decode_format(desc.format)) return desc;
  desc.format = wire::encode_format({.dtype = AIR_DTYPE_UINT8});
  desc.size = static_cast<uint32_t>(n_bytes);
  desc.n_dims = wire::kShapeUndefined;
  desc.dims = {1, desc.size};
  desc.scale = 0;
  return desc;
}

// Whatever its flags are: firmware sets them or not.
bool same_operator(const wire::Operator &a, const wire::Operator &b) {
  return ((a.type ^ b.type) & wire::kOperatorKindMask) == 0 && a.id == b.id && a.name == b.name;
}

}  // namespace

void Nodes::begin_run() {
  current_ = nullptr;
  index_ = 0;
}

void Nodes::refuse_if_settled() const {
  if (index_ >= settled_) return;
  fail(AIR_ERROR_PROTOCOL, "node {} is another one than in the runs before: does the target run this model?", index_);
}

void Nodes::begin_node(const wire::Operator &op) {
  if (index_ == kMostNodes) fail(AIR_ERROR_PROTOCOL, "the target reports more than {} nodes", kMostNodes);
  data_.clear();
  if (index_ == table_.size()) table_.push_back(make_node(op));
  std::unique_ptr<Node> &known = table_[index_];
  if (!known->complete) known = make_node(op);  // a run broke off in it
  current_ = known.get();
  if (!same_operator(current_->op, op)) {
    refuse_if_settled();
    learn_anew(op, 0);
  }
  current_->op = op;
}

std::unique_ptr<Nodes::Node> Nodes::make_node(const wire::Operator &op) const {
  auto node = std::make_unique<Node>();
  node->op = op;
  node->name = wire::clean_text(wire::node_name(rtid_, wire::without_undefined(op.name), op.id, index_));
  node->description = wire::operator_description(rtid_, runtime_version_, op.type);
  return node;
}

void Nodes::learn_tensor(Node &node, const wire::TensorDesc &desc, size_t n_bytes) {
  const auto place = static_cast<uint32_t>(node.descs.size());
  if (place == kMostTensors) fail(AIR_ERROR_PROTOCOL, "node {} has more than {} tensors", index_, kMostTensors);
  node.tensors.push_back(std::make_unique<TensorInfo>(
      describable(desc, n_bytes),
      wire::clean_text(wire::node_tensor_name(rtid_, wire::without_undefined(desc.name), index_, place)),
      wire::node_tensor_tag(rtid_, node.op.id, index_, place), n_bytes));
  node.outputs.push_back(&node.tensors.back()->view);
  node.descs.push_back(desc);
  node.sizes.push_back(n_bytes);
  node.copies.emplace_back();
}

// A run that broke off may have told something wrong, and the type of a tensor may show with its first data only: the node as it is now,
// with so many of its tensors, takes the place of the one that was known.
void Nodes::learn_anew(const wire::Operator &op, size_t n_tensors) {
  auto node = make_node(op);
  for (size_t i = 0; i < n_tensors; ++i) learn_tensor(*node, current_->descs[i], current_->sizes[i]);
  current_ = node.get();
  std::swap(table_[index_], node);
  replaced_.push_back(std::move(node));
}

void Nodes::add_tensor(const wire::Tensor &tensor, bool keep) {
  const size_t place = data_.size();
  const wire::Bytes bytes = tensor.data.datas;
  if (current_->complete) {
    const bool is_known = place < current_->descs.size() && same_form(current_->descs[place], tensor.desc);
    if (!is_known) refuse_if_settled();
    const bool fits = is_known && (bytes.empty() || bytes.size() == current_->outputs[place]->size_bytes);
    if (!fits) learn_anew(current_->op, place);
  }
  Node &node = *current_;
  if (!node.complete) learn_tensor(node, tensor.desc, bytes.size());
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
  if (current_->complete && data_.size() != current_->outputs.size()) {
    refuse_if_settled();
    learn_anew(current_->op, data_.size());
  }
  if (!current_->complete) complete(*current_);
  const Node &ended = *std::exchange(current_, nullptr);
  ++index_;
  return {&ended.info, data_.data(), &ended.op};
}

}  // namespace air::target
