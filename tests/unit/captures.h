// SPDX-License-Identifier: BSD-3-Clause
// Results made by hand: networks whose nodes have the names, types and values that a test wants.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "airunner_report.h"
#include "common/values.h"

// One sample of one input (4) of zeros, one output that is the last node. All memory is its own.
class HandMade {
 public:
  explicit HandMade(const char *runtime = "ST.AI (st-ai api)") : runtime_{"runtime", runtime} {
    input_ = {tensor("input", {4}), bytes_of(std::vector<float>(4, 0))};
  }
  HandMade(const HandMade &) = delete;

  struct Node {
    const char *tensor;
    const char *name = "ai_node_0";
    const char *operation = "";
    int64_t layer = -1;
    std::vector<int64_t> shape = {4};  // without the dimension of the samples
  };
  HandMade &add(const Node &node, const std::vector<float> &values) {
    return add_node(node, {tensor(node.tensor, node.shape), bytes_of(values)});
  }
  // Without a scale they are plain integers.
  HandMade &add_int8(const Node &node, float scale, const std::vector<int8_t> &values) {
    air_tensor *described = tensor(node.tensor, node.shape);
    quantize(*described, scale);
    return add_node(node, {described, bytes_of(values)});
  }
  // Instead of zeros.
  void input_int8(float scale, const std::vector<int8_t> &values) {
    quantize(*input_.tensor, scale);
    input_.bytes = bytes_of(values);
  }

  const air_result &result() {
    if (result_) return *result_.get();
    const air_tensor *input = input_.tensor;
    const air_tensor *output = blocks_.back().tensor;
    std::vector<const air_node *> nodes;
    for (const air_node &node : nodes_) nodes.push_back(&node);
    air_model description{};
    description.name = "hand";
    description.descriptor = "hand:";
    description.backend = "hand";
    description.n_inputs = description.n_outputs = 1;
    description.inputs = &input;
    description.outputs = &output;
    description.n_nodes = static_cast<uint32_t>(nodes.size());
    description.nodes = nodes.data();
    description.n_properties = 1;
    description.properties = &runtime_;
    air::HeldModel model;
    REQUIRE_MESSAGE(air_make_model(&description, model.out()) == AIR_OK, air_last_error()->message);
    std::deque<air_view> views;
    std::vector<const air_view *> node_outputs;
    for (const Block &block : blocks_) node_outputs.push_back(&views.emplace_back(view_of(block)));
    const air_view input_view = view_of(input_);
    air_profile profile{};
    profile.n_samples = profile.n_runs = 1;
    air_result_parts parts{};
    parts.struct_size = sizeof(parts);
    parts.model = model.get();
    parts.profile = &profile;
    parts.inputs = &input_view;
    parts.outputs = &views.back();
    parts.node_outputs = node_outputs.data();
    REQUIRE_MESSAGE(air_make_result(&parts, result_.out()) == AIR_OK, air_last_error()->message);
    return *result_.get();
  }

 private:
  struct Block {
    air_tensor *tensor;
    std::vector<unsigned char> bytes;
  };

  template <class T>
  static std::vector<unsigned char> bytes_of(const std::vector<T> &values) {
    std::vector<unsigned char> bytes(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  static air_view view_of(const Block &block) {
    return {block.bytes.data(), block.bytes.size(), nullptr, 0, block.tensor->dtype};
  }
  air_tensor *tensor(const char *name, const std::vector<int64_t> &shape) {
    const std::vector<int64_t> &kept = shapes_.emplace_back(shape);
    air_tensor &made = tensors_.emplace_back();
    made.name = name;
    made.dtype = AIR_DTYPE_FLOAT32;
    made.rank = static_cast<uint32_t>(kept.size());
    made.shape = kept.data();
    return &made;
  }
  void quantize(air_tensor &tensor, float scale) {
    tensor.dtype = AIR_DTYPE_INT8;
    if (scale == 0) return;
    tensor.encoding = AIR_ENCODING_QUANTIZED;
    tensor.quantization =
        &quantizations_.emplace_back(air_quantization{1, -1, 1, 1, &scales_.emplace_back(scale), &zero_});
  }
  HandMade &add_node(const Node &node, Block &&block) {
    const air_tensor *&output = outputs_.emplace_back(block.tensor);
    blocks_.push_back(std::move(block));
    air_node &described = nodes_.emplace_back();
    described.name = node.name;
    described.operation = node.operation;
    described.layer = node.layer;
    described.n_outputs = 1;
    described.outputs = &output;
    return *this;
  }

  const int32_t zero_ = 0;
  air_option runtime_;
  std::deque<air_tensor> tensors_;
  std::deque<std::vector<int64_t>> shapes_;
  std::deque<float> scales_;
  std::deque<air_quantization> quantizations_;
  std::deque<const air_tensor *> outputs_;
  std::deque<air_node> nodes_;
  std::deque<Block> blocks_;  // of the nodes
  Block input_;
  air::HeldResult result_;
};
