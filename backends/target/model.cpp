// SPDX-License-Identifier: BSD-3-Clause
// One model of a target in the public form.
#include "model.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/error.h"
#include "wire/device.h"
#include "wire/names.h"

namespace air::target {
namespace {

using TensorDescs = std::vector<wire::TensorDesc>;

std::string text_of(const std::string &text) {
  return wire::clean_text(wire::without_undefined(text));
}

std::string name_of(const wire::TensorDesc &desc, const char *kind, size_t index) {
  const std::string given = text_of(desc.name);
  return given.empty() ? fmt::format("{}_{}", kind, index + 1) : given;
}

std::vector<std::unique_ptr<TensorInfo>> describe(const TensorDescs &descs, const char *kind, char tag) {
  std::vector<std::unique_ptr<TensorInfo>> tensors;
  for (size_t i = 0; i < descs.size(); ++i) {
    tensors.push_back(std::make_unique<TensorInfo>(descs[i], name_of(descs[i], kind, i), fmt::format("{}.{}", tag, i)));
  }
  return tensors;
}

std::vector<std::unique_ptr<TensorInfo>> describe_pools(const TensorDescs &descs, const char *kind, char tag) {
  std::vector<std::unique_ptr<TensorInfo>> pools;
  for (size_t i = 0; i < descs.size(); ++i) {
    pools.push_back(make_pool_info(descs[i], name_of(descs[i], kind, i), fmt::format("{}.{}", tag, i)));
  }
  return pools;
}

std::vector<const air_tensor_info *> views_of(const std::vector<std::unique_ptr<TensorInfo>> &tensors) {
  std::vector<const air_tensor_info *> views;
  for (const auto &tensor : tensors) views.push_back(&tensor->view);
  return views;
}

std::vector<const char *> views_of(const std::vector<std::string> &texts) {
  std::vector<const char *> views;
  for (const std::string &text : texts) views.push_back(text.c_str());
  return views;
}

uint64_t sum_of(const std::vector<const air_tensor_info *> &pools, bool known) {
  uint64_t sum = 0;
  for (const air_tensor_info *pool : pools) sum += pool->size_bytes;
  return known ? sum : UINT64_MAX;
}

template <class T>
uint32_t count_of(const std::vector<T> &list) {
  return static_cast<uint32_t>(list.size());
}

// The request to run a model carries its name.
void check_name(const std::string &name) {
  if (!name.empty() && name.size() <= wire::kMaxName) return;
  fail(AIR_ERROR_PROTOCOL, "a model of the target has a name of {} bytes, expected 1 to {}", name.size(),
       wire::kMaxName);
}

void check_count(const std::string &model, const char *what, uint32_t declared, size_t given) {
  if (declared == given) return;
  fail(AIR_ERROR_PROTOCOL, "model {}: the target declares {} {} and describes {}", model, declared, what, given);
}

bool same_tensors(const TensorDescs &a, const TensorDescs &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto &x, const auto &y) {
    return x.format == y.format && x.size == y.size && x.n_dims == y.n_dims && x.dims == y.dims && x.scale == y.scale &&
           x.zeropoint == y.zeropoint;
  });
}

}  // namespace

Model::Model(FoundModel found, const TargetFacts &facts)
    : found_(std::move(found)),
      name_(text_of(found_.info.name)),
      hash_(text_of(found_.info.signature)),
      compile_datetime_(text_of(found_.info.compile_datetime)),
      nodes_(found_.info.rtid, found_.info.runtime_version) {
  const wire::ModelInfo &model = found_.info;
  check_name(model.name);
  check_count(name_, "inputs", model.n_inputs, model.inputs.size());
  check_count(name_, "outputs", model.n_outputs, model.outputs.size());
  inputs_ = describe(model.inputs, "input", 'I');
  outputs_ = describe(model.outputs, "output", 'O');
  activations_ = describe_pools(model.activations, "act", 'A');
  params_ = describe_pools(model.params, "param", 'W');
  input_views_ = views_of(inputs_);
  output_views_ = views_of(outputs_);
  activation_views_ = views_of(activations_);
  param_views_ = views_of(params_);
  describe_device(facts);
  describe_runtime(facts);
  info_ = {
      .struct_size = sizeof(info_),
      .capabilities = facts.capabilities,
      .name = name_.c_str(),
      .model_datetime = "",
      .compile_datetime = compile_datetime_.c_str(),
      .hash = hash_.c_str(),
      .n_nodes = model.n_nodes,
      .native_batch = 1,
      .macc = (model.rtid & wire::kRtidNoMacc) != 0 ? UINT64_MAX : model.n_macc,
      .weights_bytes = sum_of(param_views_, (model.rtid & wire::kRtidNoParams) == 0),
      .activations_bytes = sum_of(activation_views_, (model.rtid & wire::kRtidNoActivations) == 0),
      .states_bytes = 0,
      .n_inputs = count_of(inputs_),
      .n_outputs = count_of(outputs_),
      .inputs = input_views_.data(),
      .outputs = output_views_.data(),
      .n_weights_pools = count_of(params_),
      .n_activations_pools = count_of(activations_),
      .weights_pools = param_views_.data(),
      .activations_pools = activation_views_.data(),
      .flags = "",
      .runtime = &runtime_,
      .device = &device_,
      .install_ms = model.install_time ? *model.install_time : -1.0,
      .init_ms = model.init_time ? *model.init_time : -1.0,
  };
}

void Model::describe_device(const TargetFacts &facts) {
  device_description_ = wire::device_description(facts.sys_info);
  device_id_ = wire::device_id_text(facts.sys_info.devid);
  attributes_ = wire::device_attributes(facts.sys_info, found_.config);
  extras_ = wire::device_extras(facts.sys_info, found_.config);
  attribute_views_ = views_of(attributes_);
  extra_views_ = views_of(extras_);
  device_ = {
      .struct_size = sizeof(device_),
      .description = device_description_.c_str(),
      .dev_type = wire::device_family(facts.sys_info.devid),
      .dev_id = device_id_.c_str(),
      .system = "bare-metal",
      .machine = "",
      .sys_clock = facts.sys_info.sclock,
      .bus_clock = facts.sys_info.hclock,
      .n_attributes = count_of(attributes_),
      .attributes = attribute_views_.data(),
      .n_extras = count_of(extras_),
      .extras = extra_views_.data(),
  };
}

void Model::describe_runtime(const TargetFacts &facts) {
  const wire::ModelInfo &model = found_.info;
  runtime_name_ = wire::runtime_name(model.rtid);
  // A runtime that 2.x has no number for goes by its tool.
  const bool is_foreign = found_.legacy && (model.rtid & wire::kRuntimeMask) == wire::kRuntimeTvm;
  const std::string tool = is_foreign ? text_of(found_.legacy->tool_revision) : "";
  if (!tool.empty()) runtime_name_ = tool;
  runtime_description_ =
      wire::clean_text(wire::runtime_description(model.rtid, model.runtime_version, text_of(model.runtime_desc)));
  protocol_ = facts.protocol;
  runtime_ = {
      .struct_size = sizeof(runtime_),
      .name = runtime_name_.c_str(),
      .description = runtime_description_.c_str(),
      .compiler = wire::toolchain_name(model.rtid),
      .protocol = protocol_.c_str(),
      .version = {},
      .tools_version = {},
  };
  const wire::Version version = wire::decode_version(model.runtime_version);
  const wire::Version tools = wire::decode_version(model.tool_version);
  std::copy(version.begin(), version.end(), runtime_.version);
  std::copy(tools.begin(), tools.end(), runtime_.tools_version);
}

bool Model::same_as(const FoundModel &other) const {
  const wire::ModelInfo &a = found_.info;
  const wire::ModelInfo &b = other.info;
  return a.name == b.name && a.rtid == b.rtid && a.signature == b.signature && a.n_nodes == b.n_nodes &&
         same_tensors(a.inputs, b.inputs) && same_tensors(a.outputs, b.outputs);
}

}  // namespace air::target
