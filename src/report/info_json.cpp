// SPDX-License-Identifier: BSD-3-Clause
// Model information as JSON.
#include "info_json.h"

#include "texts.h"

namespace air::report {
namespace {

Json known(uint64_t value) {
  return value == kUnknown ? Json(nullptr) : Json(value);
}
Json non_zero(uint64_t value) {
  return value == 0 ? Json(nullptr) : Json(value);
}

Json layout_json(const air_tensor_info &tensor) {
  if ((tensor.flags & AIR_TENSOR_CHANNEL_FIRST) != 0) return "channel_first";
  if ((tensor.flags & AIR_TENSOR_CHANNEL_LAST) != 0) return "channel_last";
  return nullptr;
}

Json tensors_json(const air_tensor_info *const *tensors, uint32_t count) {
  Json array = Json::array();
  for (const air_tensor_info *tensor : std::span(tensors, count)) array.add(tensor_json(*tensor));
  return array;
}

Json runtime_json(const air_model_info &info) {
  const air_runtime_info &runtime = *info.runtime;
  Json object = Json::object();
  object.add("protocol", runtime.protocol);
  object.add("name", runtime.name);
  object.add("rt_lib_desc", runtime.description);
  object.add("compiler", runtime.compiler);
  object.add("version", Json::numbers(std::span(runtime.version)));
  object.add("capabilities", texts_json(capability_names(info.capabilities)));
  object.add("tools_version", Json::numbers(std::span(runtime.tools_version)));
  return object;
}

Json device_json(const air_device_info &device) {
  Json object = Json::object();
  object.add("dev_type", device.dev_type);
  object.add("desc", device.description);
  object.add("dev_id", device.dev_id);
  object.add("system", device.system);
  object.add("machine", device.machine);
  object.add("sys_clock", non_zero(device.sys_clock));
  object.add("bus_clock", non_zero(device.bus_clock));
  object.add("attrs", texts_json(std::span(device.attributes, device.n_attributes)));
  object.add("extra", texts_json(std::span(device.extras, device.n_extras)));
  return object;
}

}  // namespace

Json tensor_json(const air_tensor_info &tensor) {
  const std::span scales(tensor.scales, tensor.n_scales);
  const std::span zero_points(tensor.zero_points, tensor.n_scales);
  Json object = Json::object();
  object.add("name", tensor.name);
  object.add("tag", tensor.tag);
  object.add("shape", Json::numbers(std::span(tensor.shape, tensor.rank)));
  object.add("storage_shape", Json::numbers(std::span(tensor.storage_shape, tensor.rank)));
  object.add("type", air_dtype_name(tensor.dtype));
  object.add("encoding", encoding_name(tensor.encoding));
  object.add("n_elements", tensor.n_elements);
  object.add("size_bytes", tensor.size_bytes);
  object.add("memory_pool", memory_pool_text(tensor));
  object.add("scale", scales.empty() ? Json(nullptr) : Json(scales[0]));
  object.add("zero_point", zero_points.empty() ? Json(0) : Json(zero_points[0]));
  object.add("scales", Json::numbers(scales));
  object.add("zero_points", Json::numbers(zero_points));
  object.add("quantized_axis", scales.size() > 1 ? Json(tensor.quantized_axis) : Json(nullptr));
  object.add("fraction_bits", tensor.encoding == AIR_ENCODING_FIXED_POINT ? Json(tensor.fraction_bits) : Json(nullptr));
  object.add("layout", layout_json(tensor));
  object.add("batch_added", (tensor.flags & AIR_TENSOR_BATCH_ADDED) != 0);
  object.add("format", tensor.format);
  object.add("address", non_zero(tensor.address));
  return object;
}

void add_info(Json &object, const air_model_info &info) {
  object.add("name", info.name);
  object.add("model_datetime", info.model_datetime);
  object.add("compile_datetime", info.compile_datetime);
  object.add("hash", info.hash);
  object.add("n_nodes", info.n_nodes);
  object.add("macc", known(info.macc));
  object.add("n_install_time", info.install_ms < 0 ? Json(nullptr) : Json(info.install_ms));
  object.add("n_init_time", info.init_ms < 0 ? Json(nullptr) : Json(info.init_ms));
  object.add("native_batch", info.native_batch);
  object.add("runtime", runtime_json(info));
  object.add("device", device_json(*info.device));
  object.add("inputs", tensors_json(info.inputs, info.n_inputs));
  object.add("outputs", tensors_json(info.outputs, info.n_outputs));
  object.add("weights", known(info.weights_bytes));
  object.add("activations", known(info.activations_bytes));
  object.add("states", info.states_bytes);
  Json pools = Json::object();
  pools.add("params", tensors_json(info.weights_pools, info.n_weights_pools));
  pools.add("activations", tensors_json(info.activations_pools, info.n_activations_pools));
  object.add("mempools", std::move(pools));
  object.add("flags", info.flags);
  object.add("rt", info.runtime->name);
}

Json document(const char *schema, const RunnerTexts &runner) {
  Json object = Json::object();
  object.add("schema", schema);
  object.add("airunner", version_text());
  object.add("descriptor", runner.descriptor);
  object.add("backend", runner.backend);
  return object;
}

std::string info_to_json(const air_model_info &info, const RunnerTexts &runner, uint32_t flags) {
  Json object = document("airunner.info/1", runner);
  add_info(object, info);
  return object.print((flags & AIR_JSON_COMPACT) != 0);
}

}  // namespace air::report
