// SPDX-License-Identifier: BSD-3-Clause
// Prints the JSON documents of the sample, with what is optional in them, so that a test can compare their keys with docs/json.md.
#include <cstdio>

#include "sample.h"

int main() {
  sample::Model described;
  const float scales[] = {0.5F, 0.25F};
  described.along_axis = {1, 0, 2, 2, scales, sample::kZeroPoints.data()};
  described.columns.push_back({"energy.core", "uJ", "energy of the core", AIR_KIND_COUNT, 1});
  sample::Result result(described);
  result.values["energy.core"] = {1.5, 2.5};
  result.node_values[0]["energy.core"] = {1, 2};
  char *info = nullptr, *measured = nullptr;
  sample::check(air_model_to_json(result.model.get(), AIR_JSON_COMPACT, &info));
  sample::check(air_result_to_json(result.make().get(), AIR_JSON_COMPACT | AIR_JSON_DATA, &measured));
  std::printf("%s\n%s\n", info, measured);
  air_free_text(info);
  air_free_text(measured);
  return 0;
}
