// SPDX-License-Identifier: BSD-3-Clause
// Names of operators, nodes and tensors.
#include "wire/names.h"

#include <fmt/format.h>

#include "common/node_types.h"
#include "common/utf8.h"
#include "wire/constants.h"
#include "wire/tflm_operators.h"

namespace air::wire {
namespace {

bool is_st_ai(uint32_t rtid) {
  const uint32_t runtime = rtid & kRuntimeMask;
  return runtime == kRuntimeStAi || runtime == kRuntimeStAiReloc;
}

bool is_neural_art(uint32_t rtid) {
  return (rtid & kRuntimeMask) == kRuntimeNeuralArt;
}

bool is_tflm(uint32_t rtid) {
  return (rtid & kRuntimeMask) == kRuntimeTflm;
}

std::string epoch_description(uint32_t kind) {
  switch (kind & 0xF) {
    case 1:
      return fmt::format("epoch (extra HW.{})", kind >> 4);
    case 2:
      return "epoch (SW)";
    case 3:
      return "epoch (HYBRID)";
    case 4:
      return "epoch (EC)";
    default:
      return "epoch";
  }
}

const char *epoch_processor(uint32_t kind) {
  switch (kind & 0xF) {
    case 0:
    case 1:
    case 4:
      return "NPU";
    case 2:
      return "CPU";
    case 3:
      return "NPU+CPU";
    default:
      return "";
  }
}

// Last epoch in the upper half, current one in the lower; a negative last one marks an epoch the runtime added.
std::string epoch_name(uint32_t id) {
  const uint32_t number = id & 0xFFFF;
  const uint32_t last = id >> 16;
  if ((last & 0x8000) != 0) return fmt::format("EpochBlock_{} ({})", number, 0x10000 - last);
  if (number != last) return fmt::format("EpochBlock_{} -> {}", number, last);
  return fmt::format("EpochBlock_{}", number);
}

}  // namespace

std::string operator_description(uint32_t rtid, uint32_t runtime_version, uint32_t type) {
  const uint32_t kind = type & kOperatorKindMask;
  if (is_neural_art(rtid)) return epoch_description(kind);
  if (is_tflm(rtid)) {
    const char *name = tflm_operator_name(kind);
    return fmt::format("{} ({})", name != nullptr ? name : "custom or unknown", kind);
  }
  if (!is_st_ai(rtid)) return "undefined";
  const Version version = decode_version(runtime_version);
  return describe_node_type(kind, {version[0], version[1]});
}

const char *operator_processor(uint32_t rtid, uint32_t type) {
  constexpr uint32_t kTflmCustom = 32;  // may stand for what an accelerator takes
  const uint32_t kind = type & kOperatorKindMask;
  if (is_neural_art(rtid)) return epoch_processor(kind);
  if (is_tflm(rtid)) return kind != kTflmCustom && tflm_operator_name(kind) != nullptr ? "CPU" : "";
  return is_st_ai(rtid) ? "CPU" : "";
}

std::string node_name(uint32_t rtid, std::string_view name, uint32_t id, uint32_t index) {
  if (!without_undefined(name).empty()) return clean_text(name);
  return is_neural_art(rtid) ? epoch_name(id) : fmt::format("ai_node_{}", index);
}

int32_t node_model_id(uint32_t rtid, uint32_t id) {
  return is_st_ai(rtid) ? static_cast<int32_t>(id) : -1;
}

std::string node_tensor_tag(uint32_t rtid, uint32_t id, uint32_t node, uint32_t tensor) {
  if (is_neural_art(rtid)) return fmt::format("E.{}.{}", id & 0xFFFF, tensor);
  return fmt::format("N.{}.{}", node, tensor);
}

std::string node_tensor_name(uint32_t rtid, std::string_view name, uint32_t node, uint32_t tensor) {
  if (!without_undefined(name).empty()) return clean_text(name);
  const char *prefix = is_neural_art(rtid) ? "aton" : is_tflm(rtid) ? "tflm" : "ai";
  return fmt::format("{}_tens_n_{}_{}", prefix, node, tensor);
}

std::string_view without_undefined(std::string_view text) {
  return text == "UNDEFINED" ? std::string_view() : text;
}

std::string clean_text(std::string_view text) {
  return printable(text.substr(0, text.find_first_of("\r\n")));
}

}  // namespace air::wire
