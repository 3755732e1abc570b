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

// A tensor of one sample, and its elements as they are stored.
struct Part {
  air_dtype dtype = AIR_DTYPE_FLOAT32;
  const air_quantization *quantization = nullptr;  // that of quantized ones, which outlives the result
  std::vector<int64_t> shape;                      // without the dimension of the samples
  std::vector<unsigned char> bytes;
};

template <class T>
Part part(air_dtype dtype, const air_quantization *quantization, const std::vector<T> &values,
          std::vector<int64_t> shape) {
  std::vector<unsigned char> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return {dtype, quantization, std::move(shape), std::move(bytes)};
}

// Samples, one unless told, of one input (4) of zeros, one output that is the last node. All memory is its own.
class HandMade {
 public:
  explicit HandMade(const char *runtime = "ST.AI (st-ai api)", uint32_t tensor_flags = 0)
      : runtime_{"runtime", runtime}, tensor_flags_(tensor_flags) {
    input("input", part(AIR_DTYPE_FLOAT32, nullptr, std::vector<float>(4, 0), {4}));
  }
  HandMade(const HandMade &) = delete;

  struct Node {
    const char *tensor;
    const char *name = "ai_node_0";
    const char *operation = "";
    int64_t layer = -1;
    std::vector<int64_t> shape = {4};  // without the dimension of the samples
    bool reads_two = false;            // the last two values, as far as they are there
  };
  HandMade &add(const Node &node, const std::vector<float> &values) {
    return add(node, part(AIR_DTYPE_FLOAT32, nullptr, values, node.shape));
  }
  // Without a scale they are plain integers.
  HandMade &add_int8(const Node &node, float scale, const std::vector<int8_t> &values) {
    return add(node, part(AIR_DTYPE_INT8, scaled(scale), values, node.shape));
  }
  HandMade &add(const Node &node, const Part &values) {
    const auto n_before = outputs_.size();
    const air_tensor *&output = outputs_.emplace_back(tensor(node.tensor, values));
    blocks_.push_back(values);
    air_node &described = nodes_.emplace_back();
    described.name = node.name;
    described.operation = node.operation;
    described.layer = node.layer;
    described.n_outputs = 1;
    described.outputs = &output;
    if (node.reads_two && n_before >= 2) {
      auto &read = reads_.emplace_back(std::vector{outputs_[n_before - 2], outputs_[n_before - 1]});
      described.n_inputs = 2;
      described.inputs = read.data();
    }
    return *this;
  }
  // Before values are added: those of all samples, one after the other.
  HandMade &samples(uint64_t count) {
    n_samples_ = count;
    input("input", part(AIR_DTYPE_FLOAT32, nullptr, std::vector<float>(4 * count, 0), {4}));
    return *this;
  }
  // Instead of zeros.
  void input(const char *name, const Part &values) {
    input_ = values;
    input_tensor_ = tensor(name, values);
  }
  void input_int8(float scale, const std::vector<int8_t> &values) {
    input("input", part(AIR_DTYPE_INT8, scaled(scale), values, {4}));
  }

  const air_result &result() {
    if (result_) return *result_.get();
    std::vector<const air_node *> nodes;
    for (const air_node &node : nodes_) nodes.push_back(&node);
    air_model description{};
    description.name = "hand";
    description.descriptor = "hand:";
    description.backend = "hand";
    description.n_inputs = description.n_outputs = 1;
    description.inputs = &input_tensor_;
    description.outputs = &outputs_.back();
    description.n_nodes = static_cast<uint32_t>(nodes.size());
    description.nodes = nodes.data();
    description.n_properties = 1;
    description.properties = &runtime_;
    air::HeldModel model;
    REQUIRE_MESSAGE(air_make_model(&description, model.out()) == AIR_OK, air_last_error()->message);
    std::deque<air_view> views;
    std::vector<const air_view *> node_outputs;
    for (const Part &block : blocks_) node_outputs.push_back(&views.emplace_back(view_of(block)));
    const air_view input_view = view_of(input_);
    air_profile profile{};
    profile.n_samples = profile.n_runs = n_samples_;
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
  static air_view view_of(const Part &block) {
    return {block.bytes.data(), block.bytes.size(), nullptr, 0, block.dtype};
  }
  const air_tensor *tensor(const char *name, const Part &values) {
    const std::vector<int64_t> &kept = shapes_.emplace_back(values.shape);
    air_tensor &made = tensors_.emplace_back();
    made.name = name;
    made.dtype = values.dtype;
    made.encoding = values.quantization == nullptr ? AIR_ENCODING_PLAIN : AIR_ENCODING_QUANTIZED;
    made.quantization = values.quantization;
    made.rank = static_cast<uint32_t>(kept.size());
    made.shape = kept.data();
    made.flags = tensor_flags_;
    return &made;
  }
  const air_quantization *scaled(float scale) {
    if (scale == 0) return nullptr;
    return &quantizations_.emplace_back(air_quantization{1, -1, 1, 1, &scales_.emplace_back(scale), &zero_});
  }

  const int32_t zero_ = 0;
  uint64_t n_samples_ = 1;
  air_option runtime_;
  const uint32_t tensor_flags_;
  std::deque<air_tensor> tensors_;
  std::deque<std::vector<int64_t>> shapes_;
  std::deque<float> scales_;
  std::deque<air_quantization> quantizations_;
  std::deque<const air_tensor *> outputs_;
  std::deque<std::vector<const air_tensor *>> reads_;
  std::deque<air_node> nodes_;
  std::deque<Part> blocks_;  // of the nodes
  Part input_;
  const air_tensor *input_tensor_ = nullptr;
  air::HeldResult result_;
};
