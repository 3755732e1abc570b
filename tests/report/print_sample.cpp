// SPDX-License-Identifier: BSD-3-Clause
// Prints the JSON documents of the sample, with what is optional in them, so that a test can compare their keys with docs/json.md.
#include <cstdio>
#include <utility>

#include "sample.h"

namespace {

void print(const sample::Result &result) {
  char *text = nullptr;
  sample::check(air_result_to_json(result.make().get(), AIR_JSON_COMPACT | AIR_JSON_DATA, &text));
  std::printf("%s\n", text);
  air_free_text(text);
}

}  // namespace

int main() {
  sample::Model described;
  const float scales[] = {0.5F, 0.25F};
  const uint32_t first = 0;
  described.along_axis = {1, 0, 2, 2, scales, sample::kZeroPoints.data()};
  described.columns.push_back({"energy.core", "uJ", "energy of the core", AIR_KIND_COUNT, 1});
  described.nodes[1].computes_in = AIR_DTYPE_BFLOAT16;  // its output is float32
  described.nodes.push_back({.name = "fused", .operation = "Conv2D", .covers = &first, .n_covers = 1});
  sample::Result result(described);
  result.node_values.emplace_back();
  result.values["energy.core"] = {1.5, 2.5};
  result.node_values[0]["energy.core"] = {1, 2};
  char *info = nullptr;
  sample::check(air_model_to_json(result.model.get(), AIR_JSON_COMPACT, &info));
  std::printf("%s\n", info);
  air_free_text(info);
  print(result);
  // The first node is executed by another one.
  std::swap(result.node_values.front(), result.node_values.back());
  result.run_notes = {"fell back to the CPU", ""};
  print(result);
  return 0;
}
