// SPDX-License-Identifier: BSD-3-Clause
// The built-in model: its arithmetic and its descriptions.
#include "model.h"

#include <algorithm>
#include <cmath>

namespace air::null {
namespace {

constexpr float kInputScale = 0.5f;
constexpr int32_t kInputZeroPoint = -3;
constexpr float kOutputScale = 0.25f;
constexpr int32_t kOutputZeroPoint = 4;

constexpr std::array<int64_t, 4> kImageShape = {1, 4, 4, 2};
constexpr std::array<int64_t, 2> kVectorShape = {1, kVectorElements};
constexpr std::array<int64_t, 2> kSumsShape = {1, kSums};
constexpr std::array<int64_t, 4> kWeightsShape = {1, 1, 1, 4};
constexpr std::array<int64_t, 4> kActivationsShape = {1, 1, 1, sizeof(Values)};

// Format words of ST's tools for the three dtypes used.
constexpr uint32_t kFormatFloat32 = 0x00821040;
constexpr uint32_t kFormatInt8 = 0x00840440;
constexpr uint32_t kFormatUint8 = 0x00040440;

template <size_t rank>
constexpr air_tensor_info plain(const char *name, const char *tag, air_dtype dtype, uint32_t format,
                                const std::array<int64_t, rank> &shape) {
  air_tensor_info info{};
  info.struct_size = sizeof(info);
  info.name = name;
  info.tag = tag;
  info.dtype = dtype;
  info.rank = rank;
  info.shape = info.storage_shape = shape.data();
  info.n_elements = 1;
  for (const int64_t dimension : shape) info.n_elements *= static_cast<uint64_t>(dimension);
  info.size_bytes = info.n_elements * (dtype == AIR_DTYPE_FLOAT32 ? sizeof(float) : 1);
  info.format = format;
  info.quantized_axis = -1;
  return info;
}

template <size_t rank>
constexpr air_tensor_info quantized(const char *name, const char *tag, const std::array<int64_t, rank> &shape,
                                    const float &scale, const int32_t &zero_point) {
  air_tensor_info info = plain(name, tag, AIR_DTYPE_INT8, kFormatInt8, shape);
  info.encoding = AIR_ENCODING_QUANTIZED;
  info.n_scales = 1;
  info.scales = &scale;
  info.zero_points = &zero_point;
  return info;
}

constexpr air_tensor_info kInput1 = plain("input_1", "I.0", AIR_DTYPE_FLOAT32, kFormatFloat32, kImageShape);
constexpr air_tensor_info kInput2 = quantized("input_2", "I.1", kVectorShape, kInputScale, kInputZeroPoint);
constexpr air_tensor_info kOutput1 = quantized("output_1", "O.0", kImageShape, kOutputScale, kOutputZeroPoint);
constexpr air_tensor_info kOutput2 = plain("output_2", "O.1", AIR_DTYPE_FLOAT32, kFormatFloat32, kSumsShape);
constexpr air_tensor_info kScaled = plain("scaled", "N.0.0", AIR_DTYPE_FLOAT32, kFormatFloat32, kImageShape);
constexpr air_tensor_info kQuantized = quantized("quantized", "N.1.0", kImageShape, kOutputScale, kOutputZeroPoint);
constexpr air_tensor_info kBiased = plain("biased", "N.2.0", AIR_DTYPE_FLOAT32, kFormatFloat32, kVectorShape);
constexpr air_tensor_info kSumsOut = plain("sums", "N.3.0", AIR_DTYPE_FLOAT32, kFormatFloat32, kSumsShape);
constexpr air_tensor_info kCopied = quantized("copied", "N.3.1", kImageShape, kOutputScale, kOutputZeroPoint);
constexpr air_tensor_info kWeights = plain("params_1", "W.0", AIR_DTYPE_UINT8, kFormatUint8, kWeightsShape);
constexpr air_tensor_info kActivations = plain("act_1", "A.0", AIR_DTYPE_UINT8, kFormatUint8, kActivationsShape);

using Tensors = std::array<const air_tensor_info *, 2>;
constexpr Tensors kInputs = {&kInput1, &kInput2};
constexpr Tensors kOutputs = {&kOutput1, &kOutput2};
constexpr Tensors kScale = {&kInput1, &kScaled};
constexpr Tensors kQuantize = {&kScaled, &kQuantized};
constexpr Tensors kAddBias = {&kInput2, &kBiased};
constexpr Tensors kSplitInputs = {&kBiased, &kQuantized};
constexpr Tensors kSplitOutputs = {&kSumsOut, &kCopied};
constexpr std::array<const air_tensor_info *, 1> kWeightsPools = {&kWeights};
constexpr std::array<const air_tensor_info *, 1> kActivationsPools = {&kActivations};

constexpr air_node_info node(uint32_t index, const char *name, const char *description, uint32_t type,
                             uint32_t n_inputs, const air_tensor_info *const *inputs, uint32_t n_outputs,
                             const air_tensor_info *const *outputs) {
  return {sizeof(air_node_info),
          index,
          name,
          description,
          static_cast<int32_t>(index),
          type,
          n_inputs,
          n_outputs,
          inputs,
          outputs};
}

constexpr std::array<air_node_info, kNodes> kNodeInfos = {
    node(0, "scale", "Scale (0x0)", 0, 1, kScale.data(), 1, kScale.data() + 1),
    node(1, "quantize", "Quantize (0x1)", 1, 1, kQuantize.data(), 1, kQuantize.data() + 1),
    node(2, "add_bias", "AddBias (0x2)", 2, 1, kAddBias.data(), 1, kAddBias.data() + 1),
    node(3, "split", "Split (0x3)", 3, 2, kSplitInputs.data(), 2, kSplitOutputs.data()),
};

constexpr air_runtime_info kRuntime = {sizeof(air_runtime_info), "null", "", "", "built in", {0, 1, 0}, {0, 0, 0}};
constexpr air_device_info kDevice = {
    sizeof(air_device_info), "no device", "HOST", "null", "none", "", 0, 0, 0, nullptr, 0, nullptr};

int8_t quantize(float value) {
  const float steps = std::nearbyint(value / kOutputScale) + static_cast<float>(kOutputZeroPoint);
  return std::isnan(steps) ? int8_t{0} : static_cast<int8_t>(std::clamp(steps, -128.0f, 127.0f));
}

}  // namespace

void compute_node(uint32_t node, Values &values, const std::array<float, kSums> &totals) {
  switch (node) {
    case 0:
      for (uint32_t i = 0; i < kImageElements; ++i) values.scaled[i] = values.input_1[i] * 2.0f;
      break;
    case 1:
      std::transform(values.scaled.begin(), values.scaled.end(), values.quantized.begin(), quantize);
      break;
    case 2:
      for (uint32_t i = 0; i < kVectorElements; ++i) {
        values.biased[i] = static_cast<float>(values.input_2[i] - kInputZeroPoint) * kInputScale + 1.0f;
      }
      break;
    default:
      for (uint32_t i = 0; i < kSums; ++i) {
        values.sums[i] = totals[i] + values.biased[size_t{2} * i] + values.biased[size_t{2} * i + 1];
      }
      values.copied = values.quantized;
  }
}

const air_node_info &node_info(uint32_t node) noexcept {
  return kNodeInfos[node];
}

std::array<const void *, 2> node_inputs(uint32_t node, const Values &values) noexcept {
  switch (node) {
    case 0:
      return {values.input_1.data(), nullptr};
    case 1:
      return {values.scaled.data(), nullptr};
    case 2:
      return {values.input_2.data(), nullptr};
    default:
      return {values.biased.data(), values.quantized.data()};
  }
}

std::array<const void *, 2> node_outputs(uint32_t node, const Values &values) noexcept {
  switch (node) {
    case 0:
      return {values.scaled.data(), nullptr};
    case 1:
      return {values.quantized.data(), nullptr};
    case 2:
      return {values.biased.data(), nullptr};
    default:
      return {values.sums.data(), values.copied.data()};
  }
}

air_model_info model_info(const char *name, bool stateful) noexcept {
  air_model_info info{};
  info.struct_size = sizeof(info);
  info.capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_CANCEL_RUN |
                      (stateful ? AIR_CAP_RESET_STATES : 0u);
  info.name = name;
  info.model_datetime = info.compile_datetime = info.hash = info.flags = "";
  info.n_nodes = kNodes;
  info.native_batch = 1;
  info.macc = kImageElements + kVectorElements;
  info.weights_bytes = kWeights.size_bytes;
  info.activations_bytes = kActivations.size_bytes;
  info.states_bytes = stateful ? kSums * sizeof(float) : 0;
  info.n_inputs = static_cast<uint32_t>(kInputs.size());
  info.n_outputs = static_cast<uint32_t>(kOutputs.size());
  info.inputs = kInputs.data();
  info.outputs = kOutputs.data();
  info.n_weights_pools = 1;
  info.n_activations_pools = 1;
  info.weights_pools = kWeightsPools.data();
  info.activations_pools = kActivationsPools.data();
  info.runtime = &kRuntime;
  info.device = &kDevice;
  info.install_ms = info.init_ms = -1.0;
  return info;
}

}  // namespace air::null
