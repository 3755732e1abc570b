// SPDX-License-Identifier: BSD-3-Clause
// Captures made by hand: networks whose nodes have the names, types and values that a test wants.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "airunner.h"

// One input (1,4) of zeros, one output that is the last node. All memory is its own.
class HandMade {
 public:
  explicit HandMade(const char *runtime = "ST.AI (st-ai api)") {
    runtime_.struct_size = sizeof(runtime_);
    runtime_.name = runtime;
    runtime_.description = runtime_.compiler = runtime_.protocol = "";
    device_.struct_size = sizeof(device_);
    device_.description = device_.dev_type = device_.dev_id = device_.system = device_.machine = "";
    inputs_.push_back(tensor("input", {1, 4}));
    input_data_.push_back(floats(std::vector<float>(4, 0)));
  }
  HandMade(const HandMade &) = delete;

  struct Node {
    const char *tensor;
    const char *name = "ai_node_0";
    const char *description = "";
    int32_t id = -1;
    std::vector<int64_t> shape = {1, 4};
  };
  HandMade &add(const Node &node, const std::vector<float> &values) {
    return add_node(node, tensor(node.tensor, node.shape), floats(values));
  }
  // Without a scale they are plain integers.
  HandMade &add_int8(const Node &node, float scale, const std::vector<int8_t> &values) {
    air_tensor_info *info = tensor(node.tensor, node.shape);
    info->dtype = AIR_DTYPE_INT8;
    info->size_bytes = info->n_elements;
    if (scale == 0) return add_node(node, info, bytes_.emplace_back(values).data());
    info->encoding = AIR_ENCODING_QUANTIZED;
    info->n_scales = 1;
    info->scales = &scales_.emplace_back(scale);
    info->zero_points = &zero_;
    return add_node(node, info, bytes_.emplace_back(values).data());
  }

  // Instead of zeros.
  void input_int8(float scale, const std::vector<int8_t> &values) {
    air_tensor_info &info = tensors_.front();
    info.dtype = AIR_DTYPE_INT8;
    info.size_bytes = info.n_elements;
    info.encoding = AIR_ENCODING_QUANTIZED;
    info.n_scales = 1;
    info.scales = &scales_.emplace_back(scale);
    info.zero_points = &zero_;
    input_data_ = {bytes_.emplace_back(values).data()};
  }

  const air_capture &capture() {
    outputs_ = {nodes_.back().outputs[0]};
    output_data_ = {captured_.back().data[0]};
    model_.struct_size = sizeof(model_);
    model_.name = "hand";
    model_.model_datetime = model_.compile_datetime = model_.hash = model_.flags = "";
    model_.n_inputs = model_.n_outputs = 1;
    model_.inputs = inputs_.data();
    model_.outputs = outputs_.data();
    model_.runtime = &runtime_;
    model_.device = &device_;
    pointers_.clear();
    for (const air_captured_node &node : captured_) pointers_.push_back(&node);
    capture_ = {.struct_size = sizeof(air_capture),
                .n_nodes = static_cast<uint32_t>(pointers_.size()),
                .n_samples = 1,
                .descriptor = "hand:",
                .backend = "hand",
                .begin = "",
                .host = "",
                .file = "",
                .info = &model_,
                .inputs = input_data_.data(),
                .outputs = output_data_.data(),
                .nodes = pointers_.data()};
    return capture_;
  }

 private:
  air_tensor_info *tensor(const char *name, const std::vector<int64_t> &shape) {
    const std::vector<int64_t> &kept = shapes_.emplace_back(shape);
    air_tensor_info &info = tensors_.emplace_back();
    info.struct_size = sizeof(info);
    info.name = name;
    info.tag = "";
    info.dtype = AIR_DTYPE_FLOAT32;
    info.rank = static_cast<uint32_t>(kept.size());
    info.shape = info.storage_shape = kept.data();
    info.n_elements = 1;
    for (const int64_t dimension : kept) info.n_elements *= static_cast<uint64_t>(dimension);
    info.size_bytes = 4 * info.n_elements;
    info.quantized_axis = -1;
    return &info;
  }
  const void *floats(const std::vector<float> &values) { return floats_.emplace_back(values).data(); }
  HandMade &add_node(const Node &node, const air_tensor_info *info, const void *data) {
    const std::vector<const air_tensor_info *> &list = lists_.emplace_back(1, info);
    air_node_info &described = nodes_.emplace_back();
    described.struct_size = sizeof(described);
    described.index = static_cast<uint32_t>(nodes_.size() - 1);
    described.name = node.name;
    described.description = node.description;
    described.id = node.id;
    described.n_outputs = 1;
    described.outputs = list.data();
    const std::vector<const void *> &blocks = blocks_.emplace_back(1, data);
    captured_.push_back({sizeof(air_captured_node), 0, &described, blocks.data()});
    return *this;
  }

  int32_t zero_ = 0;
  air_runtime_info runtime_{};
  air_device_info device_{};
  air_model_info model_{};
  air_capture capture_{};
  std::deque<air_tensor_info> tensors_;
  std::deque<air_node_info> nodes_;
  std::deque<std::vector<int64_t>> shapes_;
  std::deque<std::vector<float>> floats_;
  std::deque<std::vector<int8_t>> bytes_;
  std::deque<float> scales_;
  std::deque<std::vector<const air_tensor_info *>> lists_;
  std::deque<std::vector<const void *>> blocks_;
  std::deque<air_captured_node> captured_;
  std::vector<const air_captured_node *> pointers_;
  std::vector<const air_tensor_info *> inputs_, outputs_;
  std::vector<const void *> input_data_, output_data_;
};
