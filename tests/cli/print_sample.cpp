// SPDX-License-Identifier: BSD-3-Clause
// Prints the JSON documents of the sample, so that a test can compare their keys with docs/json.md.
#include <cstdio>

#include "report/report.h"
#include "sample.h"

int main() {
  const sample::Model model;
  const sample::Profile profile(model);
  const air::report::RunnerTexts runner{"serial:/dev/ttyACM0", "target"};
  const std::string info = air::report::info_to_json(model.info, runner, AIR_JSON_COMPACT);
  const std::string measured =
      air::report::profile_to_json(model.info, profile.profile, runner, AIR_JSON_COMPACT | AIR_JSON_DATA);
  std::printf("%s\n%s\n", info.c_str(), measured.c_str());
  return 0;
}
