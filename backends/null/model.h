// SPDX-License-Identifier: BSD-3-Clause
// The built-in model: four nodes over a float32 and a quantized input, with a quantized and a float32 output.
//
//   input_1 float32 (4,4,2) -> 0 scale (* 2) -> 1 quantize (int8, 0.25, 4) -+-> 3 split -> output_1 int8 (4,4,2)
//   input_2 int8 (8) 0.5 -3 -> 2 add_bias (dequantized + 1) ----------------+          -> output_2 float32 (4)
//
// Node 3 copies node 1's result and adds up pairs of node 2's.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "airunner_backend.hpp"

namespace air::null {

constexpr uint32_t kImageElements = 32;
constexpr uint32_t kVectorElements = 8;
constexpr uint32_t kSums = 4;
constexpr uint32_t kNodes = 4;

// Results of all nodes of one sample.
struct Values {
  std::array<float, kImageElements> input_1;
  std::array<int8_t, kVectorElements> input_2;
  std::array<float, kImageElements> scaled;
  std::array<int8_t, kImageElements> quantized;
  std::array<float, kVectorElements> biased;
  std::array<float, kSums> sums;
  std::array<int8_t, kImageElements> copied;
};

// Computes one node; `totals` are added to the sums (zero for a stateless model).
void compute_node(uint32_t node, Values &values, const std::array<float, kSums> &totals);

// Where the inputs and outputs of a node lie in `values`.
std::array<const void *, 2> node_inputs(uint32_t node, const Values &values) noexcept;
std::array<const void *, 2> node_outputs(uint32_t node, const Values &values) noexcept;
uint32_t n_outputs_of(uint32_t node) noexcept;

// Puts values in the place of what a node has computed; one pointer per output.
void replace_outputs(uint32_t node, Values &values, const void *const *given) noexcept;

backend::Model make_model(const std::string &name, bool stateful);

}  // namespace air::null
