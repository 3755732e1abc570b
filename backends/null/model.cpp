// SPDX-License-Identifier: BSD-3-Clause
// The built-in model: its arithmetic and its descriptions.
#include "null/model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace air::null {
namespace {

constexpr float kInputScale = 0.5f;
constexpr int32_t kInputZeroPoint = -3;
constexpr float kOutputScale = 0.25f;
constexpr int32_t kOutputZeroPoint = 4;
constexpr uint32_t kWeightsBytes = 4;

using backend::Node;
using backend::Tensor;

// No vectors: what is thrown while a plugin is being loaded cannot be caught properly.
using Shape = std::initializer_list<int64_t>;
constexpr Shape kImage = {4, 4, 2};
constexpr Shape kVector = {kVectorElements};
constexpr Shape kSumsShape = {kSums};

Tensor plain(const char *name, const char *tag, Shape shape, air_dtype dtype = AIR_DTYPE_FLOAT32) {
  return {.name = name, .tag = tag, .dtype = dtype, .shape = shape};
}

Tensor quantized(const char *name, const char *tag, Shape shape, float scale, int32_t zero_point) {
  return {.name = name,
          .tag = tag,
          .dtype = AIR_DTYPE_INT8,
          .shape = shape,
          .encoding = AIR_ENCODING_QUANTIZED,
          .scales = {scale},
          .zero_points = {zero_point}};
}

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

uint32_t n_outputs_of(uint32_t node) noexcept {
  return node == kNodes - 1 ? 2 : 1;
}

void replace_outputs(uint32_t node, Values &values, const void *const *given) noexcept {
  const auto replace = [](auto &output, const void *value) { std::memcpy(output.data(), value, sizeof(output)); };
  switch (node) {
    case 0:
      return replace(values.scaled, given[0]);
    case 1:
      return replace(values.quantized, given[0]);
    case 2:
      return replace(values.biased, given[0]);
    default:
      replace(values.sums, given[0]);
      replace(values.copied, given[1]);
  }
}

backend::Model make_model(const std::string &name, bool stateful) {
  const Tensor input_1 = plain("input_1", "I.0", kImage);
  const Tensor input_2 = quantized("input_2", "I.1", kVector, kInputScale, kInputZeroPoint);
  const Tensor scaled = plain("scaled", "N.0.0", kImage);
  const Tensor quantized_1 = quantized("quantized", "N.1.0", kImage, kOutputScale, kOutputZeroPoint);
  const Tensor biased = plain("biased", "N.2.0", kVector);
  const Tensor sums = plain("sums", "N.3.0", kSumsShape);
  const Tensor copied = quantized("copied", "N.3.1", kImage, kOutputScale, kOutputZeroPoint);
  const auto node = [](uint32_t index, const char *node_name, const char *operation, std::vector<Tensor> inputs,
                       std::vector<Tensor> outputs) {
    return Node{.name = node_name,
                .operation = operation,
                .operation_code = index,
                .processor = "CPU",
                .layer_number = index + 1,
                .inputs = std::move(inputs),
                .outputs = std::move(outputs)};
  };
  return {.name = name,
          .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN | AIR_CAP_CANCEL_RUN |
                          AIR_CAP_GIVEN | (stateful ? AIR_CAP_RESET_STATES : 0u),
          .inputs = {input_1, input_2},
          .outputs = {quantized("output_1", "O.0", kImage, kOutputScale, kOutputZeroPoint),
                      plain("output_2", "O.1", kSumsShape)},
          .nodes = {node(0, "scale", "Scale (0x0)", {input_1}, {scaled}),
                    node(1, "quantize", "Quantize (0x1)", {scaled}, {quantized_1}),
                    node(2, "add_bias", "AddBias (0x2)", {input_2}, {biased}),
                    node(3, "split", "Split (0x3)", {biased, quantized_1}, {sums, copied})},
          .properties = {{"runtime", "null"},
                         {"runtime.version", "0.1.0"},
                         {"runtime.protocol", "built in"},
                         {"device", "no device"},
                         {"device.type", "HOST"},
                         {"device.id", "null"},
                         {"device.system", "none"}},
          .macc = kImageElements + kVectorElements,
          .weights_bytes = kWeightsBytes,
          .activations_bytes = sizeof(Values),
          .states_bytes = stateful ? kSums * sizeof(float) : AIR_BACKEND_ZERO,
          .weights_pools = {plain("params_1", "W.0", {1, 1, kWeightsBytes}, AIR_DTYPE_UINT8)},
          .activations_pools = {plain("act_1", "A.0", {1, 1, sizeof(Values)}, AIR_DTYPE_UINT8)}};
}

}  // namespace air::null
