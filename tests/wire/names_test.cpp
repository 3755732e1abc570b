// SPDX-License-Identifier: BSD-3-Clause
// Names of operators, nodes and tensors.
#include <doctest/doctest.h>

#include "wire/constants.h"
#include "wire/names.h"

namespace air::wire {
namespace {

constexpr uint32_t kOld = 9u << 24;
constexpr uint32_t kNew = 10u << 24;

std::string st_ai(uint32_t type, uint32_t version = kOld) {
  return operator_description(kRuntimeStAi, version, type);
}

}  // namespace

TEST_CASE("ST.AI layers have the names of their release") {
  CHECK(st_ai(0x103) == "Conv2D (0x103)");
  CHECK(st_ai(0x01000103) == "Conv2D (0x103)");
  CHECK(st_ai(0x8103) == "Conv2D (0x103)");  // bit 15 is no part of the kind
  CHECK(st_ai(0x105) == "261 (0x105)");
  CHECK(st_ai(0) == "Output (0x0)");
  CHECK(st_ai(0x183) == "GRU (0x183)");
  CHECK(st_ai(0x142) == "TreeEnsembleRegressor (0x142)");
  CHECK(st_ai(0x12A) == "LinearClassifier (0x12a)");
  CHECK(st_ai(0x12A, kNew) == "TopK (0x12a)");
  CHECK(st_ai(0x144, kNew) == "MatMul (0x144)");
  CHECK(st_ai(0x7FFF) == "32767 (0x7fff)");
  CHECK(operator_description(kRuntimeStAiReloc, kOld, 0x104) == "Dense (0x104)");
}

TEST_CASE("TFLM operators have the names of TensorFlow Lite") {
  CHECK(operator_description(kRuntimeTflm, 0, 0) == "ADD (0)");
  CHECK(operator_description(kRuntimeTflm, 0, 3) == "CONV_2D (3)");
  CHECK(operator_description(kRuntimeTflm, 0, 117) == "HARD_SWISH (117)");
  CHECK(operator_description(kRuntimeTflm, 0, 158) == "SIGN (158)");
  CHECK(operator_description(kRuntimeTflm, 0, 159) == "custom or unknown (159)");
}

TEST_CASE("what executes an operator") {
  for (const uint32_t kind : {0u, 1u, 0x31u, 4u})
    CHECK(std::string_view(operator_processor(kRuntimeNeuralArt, kind)) == "NPU");
  CHECK(std::string_view(operator_processor(kRuntimeNeuralArt, 0x05000002)) == "CPU");
  CHECK(std::string_view(operator_processor(kRuntimeNeuralArt, 3)) == "NPU+CPU");
  CHECK(std::string_view(operator_processor(kRuntimeNeuralArt, 9)).empty());
  CHECK(std::string_view(operator_processor(kRuntimeStAi, 0x103)) == "CPU");
  CHECK(std::string_view(operator_processor(kRuntimeTflm, 3)) == "CPU");
  CHECK(std::string_view(operator_processor(kRuntimeTflm, 32)).empty());   // custom: an accelerator, perhaps
  CHECK(std::string_view(operator_processor(kRuntimeTflm, 159)).empty());  // unknown
  CHECK(std::string_view(operator_processor(kRuntimeTvm, 3)).empty());
}

TEST_CASE("Neural-ART nodes are epochs") {
  CHECK(operator_description(kRuntimeNeuralArt, 0, 0) == "epoch");
  CHECK(operator_description(kRuntimeNeuralArt, 0, 0x31) == "epoch (extra HW.3)");
  CHECK(operator_description(kRuntimeNeuralArt, 0, 2) == "epoch (SW)");
  CHECK(operator_description(kRuntimeNeuralArt, 0, 3) == "epoch (HYBRID)");
  CHECK(operator_description(kRuntimeNeuralArt, 0, 4) == "epoch (EC)");
  CHECK(operator_description(kRuntimeNeuralArt, 0, 9) == "epoch");
  CHECK(operator_description(kRuntimeTvm, 0, 3) == "undefined");
  CHECK(operator_description(0, 0, 3) == "undefined");
}

TEST_CASE("nodes without a name of their own get one") {
  CHECK(node_name(kRuntimeStAi, "", 7, 3) == "ai_node_3");
  CHECK(node_name(kRuntimeStAi, "conv", 7, 3) == "conv");
  CHECK(node_name(kRuntimeStAi, "UNDEFINED", 7, 3) == "ai_node_3");
  CHECK(node_name(kRuntimeNeuralArt, "", 5u << 16 | 5, 3) == "EpochBlock_5");
  CHECK(node_name(kRuntimeNeuralArt, "", 9u << 16 | 5, 3) == "EpochBlock_5 -> 9");
  CHECK(node_name(kRuntimeNeuralArt, "", 0xFFFFu << 16 | 5, 3) == "EpochBlock_5 (1)");
  CHECK(node_name(kRuntimeNeuralArt, "", 0x8000u << 16 | 5, 3) == "EpochBlock_5 (32768)");
}

TEST_CASE("only ST.AI numbers the layers of the model") {
  CHECK(node_model_id(kRuntimeStAi, 7) == 7);
  CHECK(node_model_id(kRuntimeStAiReloc, 7) == 7);
  CHECK(node_model_id(kRuntimeTflm, 7) == -1);
  CHECK(node_model_id(kRuntimeNeuralArt, 7) == -1);
}

TEST_CASE("tensors of nodes have tags and names") {
  CHECK(node_tensor_tag(kRuntimeStAi, 99, 3, 1) == "N.3.1");
  CHECK(node_tensor_tag(kRuntimeNeuralArt, 9u << 16 | 5, 3, 1) == "E.5.1");
  CHECK(node_tensor_name(kRuntimeStAi, "", 3, 1) == "ai_tens_n_3_1");
  CHECK(node_tensor_name(kRuntimeTflm, "", 3, 1) == "tflm_tens_n_3_1");
  CHECK(node_tensor_name(kRuntimeNeuralArt, "", 3, 1) == "aton_tens_n_3_1");
  CHECK(node_tensor_name(kRuntimeStAi, "own", 3, 1) == "own");
}

TEST_CASE("texts of the target are made harmless") {
  CHECK(clean_text("plain") == "plain");
  CHECK(clean_text("line\r\nnext") == "line");
  CHECK(clean_text("a\x1B[31mb") == "a\xEF\xBF\xBD[31mb");
  CHECK(clean_text("\xFF") == "\xEF\xBF\xBD");
  CHECK(clean_text("\xC3\xA9") == "\xC3\xA9");
  CHECK(clean_text("").empty());
  CHECK(without_undefined("UNDEFINED").empty());
  CHECK(without_undefined("UNDEFINED2") == "UNDEFINED2");
}

}  // namespace air::wire
