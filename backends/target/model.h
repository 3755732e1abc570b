// SPDX-License-Identifier: BSD-3-Clause
// One model of a target in the public form.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes.h"
#include "tensor.h"
#include "wire/messages.h"

namespace air::target {

// What discovery found of one model.
struct FoundModel {
  wire::ModelInfo info;
  std::vector<std::string> config;          // configuration logs, "npu_freq:1000000000"
  std::optional<wire::NetworkInfo> legacy;  // the description as protocol 2.x gives it
};

// What all models of a connection share.
struct TargetFacts {
  uint32_t capabilities;  // air_capability bits
  wire::SysInfo sys_info;
  std::string protocol;  // how airunner reaches it
};

class Model {
 public:
  Model(FoundModel found, const TargetFacts &facts);
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  const FoundModel &found() const { return found_; }
  const std::string &name() const { return name_; }
  uint32_t rtid() const { return found_.info.rtid; }
  const air_model_info &info() const { return info_; }
  Nodes &nodes() { return nodes_; }

  // The same network, also after a reset of the target.
  bool same_as(const FoundModel &other) const;

 private:
  using Tensors = std::vector<std::unique_ptr<TensorInfo>>;
  using Views = std::vector<const air_tensor_info *>;

  void describe_device(const TargetFacts &facts);
  void describe_runtime(const TargetFacts &facts);

  FoundModel found_;
  std::string name_, hash_, compile_datetime_;
  std::string device_description_, device_id_;
  std::string runtime_name_, runtime_description_, protocol_;
  std::vector<std::string> attributes_, extras_;
  std::vector<const char *> attribute_views_, extra_views_;
  Tensors inputs_, outputs_, activations_, params_;
  Views input_views_, output_views_, activation_views_, param_views_;
  air_device_info device_{};
  air_runtime_info runtime_{};
  air_model_info info_{};
  Nodes nodes_;
};

}  // namespace air::target
