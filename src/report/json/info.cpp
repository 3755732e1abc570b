// SPDX-License-Identifier: BSD-3-Clause
// Model information as JSON.
#include "report/json/info.h"

#include "report/properties.h"
#include "report/report.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

Json known(uint64_t value) {
  return value == kUnknown ? Json(nullptr) : Json(value);
}

template <class T>
Json known(std::optional<T> value) {
  return value ? Json(*value) : Json(nullptr);
}

Json layout_json(const air_tensor &tensor) {
  if ((tensor.flags & AIR_TENSOR_CHANNEL_FIRST) != 0) return "channel_first";
  if ((tensor.flags & AIR_TENSOR_CHANNEL_LAST) != 0) return "channel_last";
  return nullptr;
}

Json tensors_json(const air_tensor *const *tensors, uint32_t count, const air_model &model, Detail detail) {
  Json array = Json::array();
  for (const air_tensor *tensor : std::span(tensors, count)) array.add(tensor_json(*tensor, model, detail));
  return array;
}

Json version_json(const air_model &model, const char *key) {
  const std::array<uint32_t, 3> version = version_property(model, key);
  return Json::numbers(std::span(version));
}

Json runtime_json(const air_model &model) {
  Json object = Json::object();
  object.add("protocol", property(model, "runtime.protocol"));
  object.add("name", property(model, "runtime"));
  object.add("rt_lib_desc", property(model, "runtime.description"));
  object.add("compiler", property(model, "runtime.compiler"));
  object.add("version", version_json(model, "runtime.version"));
  object.add("capabilities", texts_json(capability_names(model.capabilities)));
  object.add("tools_version", version_json(model, "tools.version"));
  return object;
}

Json device_json(const air_model &model) {
  Json object = Json::object();
  object.add("dev_type", property(model, "device.type"));
  object.add("desc", property(model, "device"));
  object.add("dev_id", property(model, "device.id"));
  object.add("system", property(model, "device.system"));
  object.add("machine", property(model, "device.machine"));
  object.add("sys_clock", known(number_property<uint64_t>(model, "device.sys_clock")));
  object.add("bus_clock", known(number_property<uint64_t>(model, "device.bus_clock")));
  object.add("attrs", texts_json(lines_of(property(model, "device.attributes"))));
  object.add("extra", texts_json(lines_of(property(model, "device.extras"))));
  return object;
}

// Fixed point is told by its fraction bits.
bool has_scales(const air_tensor &tensor) {
  return tensor.encoding != AIR_ENCODING_FIXED_POINT && !scales_of(tensor).empty();
}

void add_quantization(Json &object, const air_tensor &tensor) {
  const bool given = has_scales(tensor);
  object.add("scale", scale_json(tensor));
  object.add("zero_point", zero_point_json(tensor));
  object.add("scales", Json::numbers(given ? scales_of(tensor) : std::span<const float>()));
  object.add("zero_points", Json::numbers(given ? zero_points_of(tensor) : std::span<const int32_t>()));
  const bool along_axis = given && tensor.quantization->n > 1;
  object.add("quantized_axis", along_axis ? Json(tensor.quantization->axis + 1) : Json(nullptr));
  if (along_axis && tensor.quantization->block > 1) object.add("quantized_block", tensor.quantization->block);
  const bool fixed_point = tensor.encoding == AIR_ENCODING_FIXED_POINT;
  object.add("fraction_bits", fixed_point ? Json(fraction_bits(tensor)) : Json(nullptr));
}

Json quantization_json(const air_quantization *quantization) {
  if (quantization == nullptr) return nullptr;
  Json object = Json::object();
  object.add("known", quantization->known).add("axis", quantization->axis).add("block", quantization->block);
  return object;
}

}  // namespace

Json shape_json(std::span<const int64_t> shape) {
  const std::vector<int64_t> all = with_samples(shape);
  return Json::numbers(std::span(all));
}

Json scale_json(const air_tensor &tensor) {
  return has_scales(tensor) ? Json(scales_of(tensor)[0]) : Json(nullptr);
}

Json zero_point_json(const air_tensor &tensor) {
  if (tensor.quantization != nullptr && tensor.quantization->known == 0) return nullptr;
  return has_scales(tensor) ? zero_points_of(tensor)[0] : 0;
}

Json tensor_json(const air_tensor &tensor, const air_model &model, Detail detail) {
  const std::string format = fmt::format("st.format.{}", tensor.tag);
  Json object = Json::object();
  object.add("name", tensor.name);
  object.add("tag", tensor.tag);
  object.add("shape", shape_json(shape_of(tensor)));
  object.add("storage_shape", shape_json(storage_shape_of(tensor)));
  object.add("type", air_dtype_name(tensor.dtype));
  object.add("encoding", encoding_name(tensor.encoding));
  object.add("n_elements", is_open(tensor) ? Json(nullptr) : Json(tensor.n_elements));
  object.add("size_bytes", is_open(tensor) ? Json(nullptr) : Json(tensor.size_bytes));
  object.add("memory_pool", memory_pool_text(tensor));
  add_quantization(object, tensor);
  object.add("layout", layout_json(tensor));
  object.add("batch_added", (tensor.flags & AIR_TENSOR_WITHOUT_BATCH) != 0);
  object.add("format", number_property<uint32_t>(model, format.c_str()).value_or(0));
  object.add("address", tensor.address == 0 ? Json(nullptr) : Json(tensor.address));
  if (detail == Detail::kReport) return object;
  object.add("flags", tensor.flags).add("quantization", quantization_json(tensor.quantization));
  return object;
}

void add_info(Json &object, const air_model &model, Detail detail) {
  object.add("name", model.name);
  object.add("model_datetime", property(model, "model_datetime"));
  object.add("compile_datetime", property(model, "compile_datetime"));
  object.add("hash", property(model, "hash"));
  object.add("n_nodes", model.n_nodes_told);
  object.add("macc", known(model.macc));
  object.add("n_install_time", known(number_property<double>(model, "install_ms")));
  object.add("n_init_time", known(number_property<double>(model, "init_ms")));
  object.add("native_batch", model.native_batch);
  object.add("runtime", runtime_json(model));
  object.add("device", device_json(model));
  object.add("inputs", tensors_json(model.inputs, model.n_inputs, model, detail));
  object.add("outputs", tensors_json(model.outputs, model.n_outputs, model, detail));
  object.add("weights", known(model.weights_bytes));
  object.add("activations", known(model.activations_bytes));
  object.add("states", known(model.states_bytes));
  Json pools = Json::object();
  pools.add("params", tensors_json(model.weights_pools, model.n_weights_pools, model, detail));
  pools.add("activations", tensors_json(model.activations_pools, model.n_activations_pools, model, detail));
  object.add("mempools", std::move(pools));
  object.add("flags", property(model, "flags"));
  object.add("rt", property(model, "runtime"));
}

Json document(const char *schema, const air_model &model) {
  Json object = Json::object();
  object.add("schema", schema);
  object.add("airunner", air_version());
  object.add("descriptor", model.descriptor);
  object.add("backend", model.backend);
  return object;
}

std::string model_to_json(const air_model &model, uint32_t flags) {
  Json object = document("airunner.info/1", model);
  add_info(object, model);
  return object.print((flags & AIR_JSON_COMPACT) != 0);
}

}  // namespace air::report
