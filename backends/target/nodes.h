// SPDX-License-Identifier: BSD-3-Clause
// The nodes of a model as a target reports them during a run: an operator message, then its tensors one by one.
#pragma once

#include <array>
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

  void begin_run(bool with_data);
  // Throws AIR_ERROR_PROTOCOL when the node is another one than in the runs before.
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
    std::vector<std::unique_ptr<TensorInfo>> tensors;
    std::vector<const air_tensor_info *> outputs;
    std::vector<std::vector<std::byte>> copies;
    bool complete = false;
    air_node_info info{};
  };

  void learn_tensor(Node &node, const wire::Tensor &tensor);
  void complete(Node &node);
  [[noreturn]] void fail_changed() const;

  uint32_t rtid_;
  uint32_t runtime_version_;
  // With and without data: with data the true types of tensors may show.
  std::array<std::vector<std::unique_ptr<Node>>, 2> tables_;
  std::vector<std::unique_ptr<Node>> *table_ = &tables_[0];
  Node *current_ = nullptr;
  uint32_t index_ = 0;  // of the current node, or of the next one
  std::vector<const void *> data_;
};

}  // namespace air::target
