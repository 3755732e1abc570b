// SPDX-License-Identifier: BSD-3-Clause
// Documents of whole runs, made up for tests.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "airunner_report.h"

namespace air::report {

// One whole run: what a document of it says. `times` in ms, by node; the network's is their sum.
inline std::string profile(const std::vector<std::vector<double>> &nodes, int number) {
  const size_t samples = nodes[0].size();
  std::string c_nodes, whole;
  for (size_t sample = 0; sample < samples; ++sample) {
    double sum = 0;
    for (const std::vector<double> &times : nodes) sum += times[sample];
    whole += fmt::format("{}{}", sample == 0 ? "" : ",", sum);
  }
  for (size_t node = 0; node < nodes.size(); ++node) {
    std::string times;
    for (const double time : nodes[node]) times += fmt::format("{}{}", times.empty() ? "" : ",", time);
    c_nodes +=
        fmt::format(R"({}{{"name":"n{}","index":{},"c_durations":[{}]}})", node == 0 ? "" : ",", node, node, times);
  }
  return fmt::format(
      R"({{"schema":"airunner.profile/1","begin":"{:06}","info":{{"name":"m","weights":1000}},"mode":["PER_LAYER"],"n_samples":{},)"
      R"("c_durations":[{}],"c_nodes":[{}]}})",
      number, samples, whole, c_nodes);
}

inline std::vector<air_document> documents(const std::vector<std::string> &texts) {
  std::vector<air_document> all;
  for (const std::string &text : texts) all.push_back({nullptr, text.c_str()});
  return all;
}

}  // namespace air::report
