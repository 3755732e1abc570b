// SPDX-License-Identifier: BSD-3-Clause
// The nodes of a model as a target reports them during a run.
#include "aivalidation/model/nodes.h"

#include <utility>

#include "common/error.h"
#include "wire/constants.h"
#include "wire/format.h"
#include "wire/names.h"

namespace air::aivalidation {
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
  in_node_ = false;
  index_ = 0;
}

void Nodes::refuse_if_settled() const {
  if (index_ >= settled_) return;
  fail(AIR_ERROR_PROTOCOL, "node {} is another one than in the runs before: does the target run this model?", index_);
}

void Nodes::begin_node(const wire::Operator &op) {
  if (index_ == kMostNodes) fail(AIR_ERROR_PROTOCOL, "the target reports more than {} nodes", kMostNodes);
  data_.clear();
  if (index_ == table_.size()) table_.emplace_back();
  Node &node = current();
  const bool is_known = node.complete && same_operator(node.op, op);
  if (node.complete && !is_known) refuse_if_settled();
  if (!is_known) node = {};  // also where a run broke off in it
  node.op = op;
  in_node_ = true;
}

void Nodes::learn_tensor(const wire::TensorDesc &desc, size_t n_bytes) {
  Node &node = current();
  const auto place = static_cast<uint32_t>(node.descs.size());
  if (place == kMostTensors) fail(AIR_ERROR_PROTOCOL, "node {} has more than {} tensors", index_, kMostTensors);
  node.outputs.emplace_back(
      describable(desc, n_bytes),
      wire::clean_text(wire::node_tensor_name(rtid_, wire::without_undefined(desc.name), index_, place)),
      wire::node_tensor_tag(rtid_, node.op.id, index_, place), n_bytes);
  node.descs.push_back(desc);
  node.sizes.push_back(n_bytes);
  node.copies.emplace_back();
}

// A run that broke off may have told something wrong, and the type of a tensor may show with its first data only: the node as it is now,
// with so many of its tensors, takes the place of the one that was known.
void Nodes::learn_anew(size_t n_tensors) {
  Node known = std::exchange(current(), {});
  current().op = std::move(known.op);
  for (size_t i = 0; i < n_tensors; ++i) {
    learn_tensor(known.descs[i], known.sizes[i]);
    current().copies[i] = std::move(known.copies[i]);  // data_ points there
  }
}

void Nodes::add_tensor(const wire::Tensor &tensor, bool keep) {
  const size_t place = data_.size();
  const wire::Bytes bytes = tensor.data.datas;
  Node &node = current();
  if (node.complete) {
    const bool is_known = place < node.descs.size() && same_form(node.descs[place], tensor.desc);
    if (!is_known) refuse_if_settled();
    if (!is_known || (!bytes.empty() && bytes.size() != node.outputs[place].size_bytes)) learn_anew(place);
  }
  if (!node.complete) learn_tensor(tensor.desc, bytes.size());
  const TensorInfo &info = node.outputs[place];
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

Nodes::Ended Nodes::end_node() {
  if (current().complete && data_.size() != current().outputs.size()) {
    refuse_if_settled();
    learn_anew(data_.size());
  }
  current().complete = true;
  in_node_ = false;
  const uint32_t ended = index_++;
  return {ended, data_.data(), table_[ended].op};
}

void Nodes::describe(uint32_t index, const backend::Run &run) {
  Node &node = table_[index];
  if (node.described) return;
  backend::Node told;
  told.name = wire::clean_text(wire::node_name(rtid_, wire::without_undefined(node.op.name), node.op.id, index));
  told.operation = wire::operator_description(rtid_, runtime_version_, node.op.type);
  told.processor = wire::operator_processor(rtid_, node.op.type);
  told.operation_code = node.op.type & wire::kOperatorKindMask;
  told.layer_number = static_cast<uint32_t>(wire::node_model_id(rtid_, node.op.id)) + 1;  // -1, unknown, is 0
  told.outputs.assign(node.outputs.begin(), node.outputs.end());
  add_formats(told.properties, node.outputs);
  run.describe_node(index, told);
  node.described = true;
}

}  // namespace air::aivalidation
