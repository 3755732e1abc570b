// SPDX-License-Identifier: BSD-3-Clause
// Checks what a plugin says of its models and nodes before anybody relies on it.
#include "description.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "error.h"
#include "tensor.h"

namespace air {
namespace {

constexpr uint32_t kMostTensors = 1u << 16;
constexpr uint32_t kMostNodes = 1u << 20;

[[noreturn]] void wrong(std::string_view what, std::string_view why) {
  fail(AIR_ERROR_INTERNAL, "the backend's description of {}: {}", what, why);
}

template <size_t n>
void check_texts(std::string_view what, const std::array<const char *, n> &texts) {
  if (std::find(texts.begin(), texts.end(), nullptr) != texts.end()) wrong(what, "a text is missing");
}

constexpr uint32_t kMostDimensions = 32;
constexpr int64_t kMostFractionBits = 126;  // a float has no smaller steps

const char *scales_flaw(const air_tensor_info &info) {
  if (info.n_scales > 0 && (info.scales == nullptr || info.zero_points == nullptr)) return "scales without values";
  if (info.n_scales < 2) return nullptr;
  const bool fits = info.quantized_axis >= 1 && static_cast<uint32_t>(info.quantized_axis) < info.rank &&
                    info.storage_shape[info.quantized_axis] == static_cast<int64_t>(info.n_scales);
  return fits ? nullptr : "quantized_axis does not have one scale for each channel";
}

// What keeps the description from being read; the rest is checked of the tensor that is made of it.
const char *info_flaw(const air_tensor_info *info) {
  if (info == nullptr || info->struct_size < sizeof(air_tensor_info)) return "missing or of an unknown size";
  if (info->name == nullptr || info->tag == nullptr) return "no name or tag";
  if (info->rank > kMostDimensions) return "too many dimensions";
  if (info->rank > 0 && (info->shape == nullptr || info->storage_shape == nullptr)) return "no shape";
  if (info->rank > 0 && (info->shape[0] != 1 || info->storage_shape[0] != 1)) return "the first dimension is not 1";
  if (std::abs(int64_t{info->fraction_bits}) > kMostFractionBits) return "fraction_bits is far off";
  return scales_flaw(*info);
}

void check_tensors(std::string_view what, const air_tensor_info *const *tensors, uint32_t n) {
  if (n > kMostTensors || (n > 0 && tensors == nullptr)) wrong(what, "tensors are missing");
  for (uint32_t i = 0; i < n; ++i) {
    if (const char *flaw = info_flaw(tensors[i]); flaw != nullptr) wrong(fmt::format("{} #{}", what, i + 1), flaw);
  }
}

void check_runtime(const air_runtime_info *runtime) {
  if (runtime == nullptr || runtime->struct_size < sizeof(*runtime))
    wrong("the runtime", "missing or of an unknown size");
  check_texts<4>("the runtime", {runtime->name, runtime->description, runtime->compiler, runtime->protocol});
}

void check_device(const air_device_info *device) {
  if (device == nullptr || device->struct_size < sizeof(*device)) wrong("the device", "missing or of an unknown size");
  check_texts<5>("the device",
                 {device->description, device->dev_type, device->dev_id, device->system, device->machine});
  for (const auto &[texts, n] :
       {std::pair(device->attributes, device->n_attributes), {device->extras, device->n_extras}}) {
    const bool complete = n == 0 || (texts != nullptr && std::find(texts, texts + n, nullptr) == texts + n);
    if (!complete) wrong("the device", "attributes or extras are missing");
  }
}

void check_model(const air_model_info *model) {
  if (model == nullptr || model->struct_size < sizeof(*model)) wrong("a model", "missing or of an unknown size");
  check_texts<5>("a model", {model->name, model->model_datetime, model->compile_datetime, model->hash, model->flags});
  if (model->native_batch == 0) wrong(model->name, "native_batch is 0");
  check_tensors("input", model->inputs, model->n_inputs);
  check_tensors("output", model->outputs, model->n_outputs);
  check_tensors("weights pool", model->weights_pools, model->n_weights_pools);
  check_tensors("activations pool", model->activations_pools, model->n_activations_pools);
  check_runtime(model->runtime);
  check_device(model->device);
}

}  // namespace

void check_connection_info(const air_connection_info *info) {
  if (info == nullptr || info->struct_size < sizeof(*info)) wrong("the connection", "missing or of an unknown size");
  if (info->n_models == 0 || info->models == nullptr) wrong("the connection", "no model");
  if (info->descriptor == nullptr) wrong("the connection", "no descriptor");
  for (uint32_t i = 0; i < info->n_models; ++i) check_model(info->models[i]);
}

void check_node_info(const air_node_info *node) {
  if (node == nullptr || node->struct_size < sizeof(*node)) wrong("a node", "missing or of an unknown size");
  if (node->index >= kMostNodes) wrong("a node", fmt::format("index {}", node->index));
  check_texts<2>("a node", {node->name, node->description});
  check_tensors(fmt::format("node {}, input", node->index), node->inputs, node->n_inputs);
  check_tensors(fmt::format("node {}, output", node->index), node->outputs, node->n_outputs);
}

}  // namespace air
