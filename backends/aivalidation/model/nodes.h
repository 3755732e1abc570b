// SPDX-License-Identifier: BSD-3-Clause
// The nodes of a model as a target reports them during a run: an operator message, then its tensors one by one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "airunner_backend.hpp"
#include "aivalidation/model/tensor.h"
#include "wire/messages.h"

namespace air::aivalidation {

class Nodes {
 public:
  Nodes(uint32_t rtid, uint32_t runtime_version) : rtid_(rtid), runtime_version_(runtime_version) {}

  // A node that has ended. Valid until the next call of begin_node().
  struct Ended {
    uint32_t index;
    const void *const *data;  // one pointer per output, NULL without data
    const wire::Operator &op;
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

  // Tells the library what a node is that has ended, unless it knows.
  void describe(uint32_t index, const backend::Run &run);

  bool in_node() const { return in_node_; }

 private:
  struct Node {
    wire::Operator op;
    std::vector<TensorInfo> outputs;
    std::vector<wire::TensorDesc> descs;  // the same, as they came
    std::vector<size_t> sizes;            // bytes that came with each
    std::vector<std::vector<std::byte>> copies;
    bool complete = false;   // all outputs are known
    bool described = false;  // the library knows it as it is
  };

  Node &current() { return table_[index_]; }
  void learn_tensor(const wire::TensorDesc &desc, size_t n_bytes);
  void learn_anew(size_t n_tensors);
  void refuse_if_settled() const;

  uint32_t rtid_;
  uint32_t runtime_version_;
  std::vector<Node> table_;
  size_t settled_ = 0;  // so many nodes have been reported by a whole run
  uint32_t index_ = 0;  // of the current node, or of the next one
  bool in_node_ = false;
  std::vector<const void *> data_;
};

}  // namespace air::aivalidation
