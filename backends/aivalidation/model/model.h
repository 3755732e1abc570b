// SPDX-License-Identifier: BSD-3-Clause
// One model of a target: what the target says of it, and what runs learn of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "aivalidation/model/measurements.h"
#include "aivalidation/model/nodes.h"
#include "aivalidation/model/tensor.h"
#include "wire/messages.h"

namespace air::aivalidation {

// What discovery found of one model.
struct FoundModel {
  wire::ModelInfo info;
  std::vector<std::string> config;          // configuration logs, "npu_freq:1000000000"
  std::optional<wire::NetworkInfo> legacy;  // the description as protocol 2.x gives it

  // Fit to be shown.
  std::string name() const;
};

// What all models of a connection share.
struct TargetFacts {
  uint32_t capabilities;  // AIR_CAP_... bits
  wire::SysInfo sys_info;
  std::string protocol;  // how airunner reaches it
};

class Model {
 public:
  // Throws AIR_ERROR_PROTOCOL and AIR_ERROR_UNSUPPORTED for one that cannot be used.
  Model(FoundModel found, const wire::SysInfo &sys_info);
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  // For the library.
  backend::Model describe(const TargetFacts &facts) const;

  const FoundModel &found() const { return found_; }
  const std::string &name() const { return name_; }
  const std::vector<TensorInfo> &inputs() const { return inputs_; }
  const std::vector<TensorInfo> &outputs() const { return outputs_; }
  Nodes &nodes() { return nodes_; }
  Measurements &measurements() { return measurements_; }

  // Whether its firmware counts what the option "counters" asks for: epochs of a Neural-ART NPU.
  bool has_npu_counters() const;

  // The same network, also after a reset of the target.
  bool same_as(const FoundModel &other) const;

 private:
  FoundModel found_;
  std::string name_;
  std::vector<TensorInfo> inputs_, outputs_, activations_, params_;
  Nodes nodes_;
  Measurements measurements_;
};

}  // namespace air::aivalidation
