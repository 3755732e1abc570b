// SPDX-License-Identifier: BSD-3-Clause
// One model of a target: what the target says of it.
#include "aivalidation/model/model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "wire/device.h"
#include "wire/names.h"

namespace air::aivalidation {
namespace {

using TensorDescs = std::vector<wire::TensorDesc>;

std::string text_of(const std::string &text) {
  return wire::clean_text(wire::without_undefined(text));
}

std::string name_of(const wire::TensorDesc &desc, const char *kind, size_t index) {
  const std::string given = text_of(desc.name);
  return given.empty() ? fmt::format("{}_{}", kind, index + 1) : given;
}

std::vector<TensorInfo> describe_io(const TensorDescs &descs, const char *kind, char place) {
  std::vector<TensorInfo> tensors;
  for (size_t i = 0; i < descs.size(); ++i) {
    tensors.emplace_back(descs[i], name_of(descs[i], kind, i), fmt::format("{}.{}", place, i));
  }
  return tensors;
}

std::vector<TensorInfo> describe_pools(const TensorDescs &descs, const char *kind, char place) {
  std::vector<TensorInfo> pools;
  for (size_t i = 0; i < descs.size(); ++i) {
    pools.push_back(make_pool_info(descs[i], name_of(descs[i], kind, i), fmt::format("{}.{}", place, i)));
  }
  return pools;
}

// In the form of the library, where 0 is unknown.
uint64_t count(uint64_t value, bool known) {
  if (!known) return 0;
  return value == 0 ? AIR_BACKEND_ZERO : value;
}

uint64_t sum_of(const std::vector<TensorInfo> &pools) {
  return std::accumulate(pools.begin(), pools.end(), uint64_t{0},
                         [](uint64_t sum, const TensorInfo &pool) { return sum + pool.size_bytes; });
}

// The request to run a model carries its name.
void check_name(const FoundModel &found) {
  const std::string &name = found.info.name;
  if (!found.name().empty() && name.size() <= wire::kMaxName) return;
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

// What is known only.
class PropertyList {
 public:
  void add(const char *key, std::string value) {
    if (!value.empty()) list_.emplace_back(key, std::move(value));
  }
  void add_clock(const char *key, uint32_t hz) {
    if (hz != 0) add(key, std::to_string(hz));
  }
  void add_ms(const char *key, std::optional<float> ms) {
    if (ms && std::isfinite(*ms) && *ms >= 0) add(key, fmt::format("{}", double{*ms}));
  }
  void add_version(const char *key, uint32_t word) {
    const wire::Version version = wire::decode_version(word);
    if (version != wire::Version{}) add(key, fmt::format("{}", fmt::join(version, ".")));
  }
  void add_lines(const char *key, const std::vector<std::string> &lines) {
    add(key, fmt::format("{}", fmt::join(lines, "\n")));
  }

  backend::Properties take() { return std::move(list_); }

 private:
  backend::Properties list_;
};

void add_device(PropertyList &list, const wire::SysInfo &info, const std::vector<std::string> &config) {
  list.add("device", wire::device_description(info));
  list.add("device.type", wire::device_family(info.devid));
  list.add("device.id", wire::device_id_text(info.devid));
  list.add("device.system", "bare-metal");
  list.add_clock("device.sys_clock", info.sclock);
  list.add_clock("device.bus_clock", info.hclock);
  list.add_lines("device.attributes", wire::device_attributes(info, config));
  list.add_lines("device.extras", wire::device_extras(info, config));
}

// A runtime that 2.x has no number for goes by its tool.
std::string runtime_of(const FoundModel &found) {
  const bool is_foreign = found.legacy && (found.info.rtid & wire::kRuntimeMask) == wire::kRuntimeTvm;
  const std::string tool = is_foreign ? text_of(found.legacy->tool_revision) : "";
  return tool.empty() ? wire::runtime_name(found.info.rtid) : tool;
}

void add_runtime(PropertyList &list, const FoundModel &found) {
  const wire::ModelInfo &model = found.info;
  list.add("runtime", runtime_of(found));
  list.add("runtime.description",
           wire::clean_text(wire::runtime_description(model.rtid, model.runtime_version, text_of(model.runtime_desc))));
  list.add("runtime.compiler", wire::toolchain_name(model.rtid));
  list.add_version("runtime.version", model.runtime_version);
  list.add_version("tools.version", model.tool_version);
}

}  // namespace

std::string FoundModel::name() const {
  return wire::clean_text(info.name);
}

Model::Model(FoundModel found, const wire::SysInfo &sys_info)
    : found_(std::move(found)),
      name_(found_.name()),
      nodes_(found_.info.rtid, found_.info.runtime_version),
      measurements_(found_.info.rtid, NpuClocks::of(sys_info, found_.config)) {
  const wire::ModelInfo &model = found_.info;
  check_name(found_);
  check_count(name_, "inputs", model.n_inputs, model.inputs.size());
  check_count(name_, "outputs", model.n_outputs, model.outputs.size());
  inputs_ = describe_io(model.inputs, "input", 'I');
  outputs_ = describe_io(model.outputs, "output", 'O');
  activations_ = describe_pools(model.activations, "act", 'A');
  params_ = describe_pools(model.params, "param", 'W');
}

backend::Model Model::describe(const TargetFacts &facts) const {
  const wire::ModelInfo &model = found_.info;
  const auto knows = [&model](uint32_t unknown) { return (model.rtid & unknown) == 0; };
  PropertyList list;
  add_device(list, facts.sys_info, found_.config);
  add_runtime(list, found_);
  list.add("runtime.protocol", facts.protocol);
  list.add("hash", text_of(model.signature));
  list.add("compile_datetime", text_of(model.compile_datetime));
  list.add_ms("install_ms", model.install_time);
  list.add_ms("init_ms", model.init_time);
  backend::Properties properties = list.take();
  add_formats(properties, inputs_);
  add_formats(properties, outputs_);
  add_formats(properties, activations_);
  add_formats(properties, params_);
  return {.name = name_,
          .capabilities = facts.capabilities,
          .inputs = {inputs_.begin(), inputs_.end()},
          .outputs = {outputs_.begin(), outputs_.end()},
          .n_nodes = model.n_nodes,
          .columns = Measurements::columns(),
          .properties = std::move(properties),
          .macc = count(model.n_macc, knows(wire::kRtidNoMacc)),
          .weights_bytes = count(sum_of(params_), knows(wire::kRtidNoParams)),
          .activations_bytes = count(sum_of(activations_), knows(wire::kRtidNoActivations)),
          .weights_pools = {params_.begin(), params_.end()},
          .activations_pools = {activations_.begin(), activations_.end()}};
}

bool Model::has_npu_counters() const {
  return (found_.info.rtid & wire::kRuntimeMask) == wire::kRuntimeNeuralArt;
}

bool Model::same_as(const FoundModel &other) const {
  const wire::ModelInfo &a = found_.info;
  const wire::ModelInfo &b = other.info;
  return a.name == b.name && a.rtid == b.rtid && a.signature == b.signature && a.n_nodes == b.n_nodes &&
         same_tensors(a.inputs, b.inputs) && same_tensors(a.outputs, b.outputs);
}

}  // namespace air::aivalidation
