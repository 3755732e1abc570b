// SPDX-License-Identifier: BSD-3-Clause
// The nodes of a model as a target reports them during a run: an operator message, then its tensors one by one.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tensor.h"
#include "wire/messages.h"

namespace air::target {

class Nodes {
 public:
  Nodes(uint32_t rtid, uint32_t runtime_version) : rtid_(rtid), runtime_version_(runtime_version) {}

  // What is known of a node that has ended. Valid until the next call of begin_node(), the description for ever.
  struct Ended {
    const air_node_info *info;
    const void *const *data;  // one pointer per output, NULL without data
    const wire::Operator *op;
  };

  void begin_run();
  // The run has ended well: later ones have the same nodes.
  void end_run() { settled_ = std::max<size_t>(settled_, index_); }
  // The target may be another one now.
  void unsettle() { settled_ = 0; }
  // Throws AIR_ERROR_PROTOCOL when the node is another one than in the runs before that ended well.
  void begin_node(const wire::Operator &op);
  // `keep`: the message is not the last one of the node, its bytes have to be copied.
  void add_tensor(const wire::Tensor &tensor, bool keep);
  Ended end_node();

  bool in_node() const { return current_ != nullptr; }

 private:
  struct Node {
    wire::Operator op;
    std::string name;
    std::string description;
    std::vector<wire::TensorDesc> descs;
    std::vector<size_t> sizes;  // bytes that came with each
    std::vector<std::unique_ptr<TensorInfo>> tensors;
    std::vector<const air_tensor_info *> outputs;
    std::vector<std::vector<std::byte>> copies;
    bool complete = false;
    air_node_info info{};
  };

  std::unique_ptr<Node> make_node(const wire::Operator &op) const;
  void learn_tensor(Node &node, const wire::TensorDesc &desc, size_t n_bytes);
  void learn_anew(const wire::Operator &op, size_t n_tensors);
  void refuse_if_settled() const;
  void complete(Node &node);

  uint32_t rtid_;
  uint32_t runtime_version_;
  std::vector<std::unique_ptr<Node>> table_;
  size_t settled_ = 0;                           // so many nodes have been reported by a whole run
  std::vector<std::unique_ptr<Node>> replaced_;  // their descriptions have been given away
  Node *current_ = nullptr;
  uint32_t index_ = 0;  // of the current node, or of the next one
  std::vector<const void *> data_;
};

}  // namespace air::target
