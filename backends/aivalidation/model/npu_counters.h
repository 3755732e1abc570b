// SPDX-License-Identifier: BSD-3-Clause
// What the NPU of an STM32N6 counts in each epoch: the runs that ask for it, the firmware's lines as numbers, and what ST's NPU profiler
// computes from them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "airunner_backend.hpp"
#include "wire/messages.h"

namespace air::aivalidation {

// Bits of what is counted, in the order of their columns.
enum CounterGroup : uint32_t { kCountCycles = 1, kCountStreams = 2, kCountPorts = 4, kCountCache = 8 };

// "npu,streng,port,cache": which are asked for. Throws AIR_ERROR_INVALID_DESCRIPTOR.
uint32_t parse_counters(std::string_view words);
std::string counters_text(uint32_t groups);

// User options of the runs that count all of it: there are not counters enough for one run. The last is that of the run whose times and
// outputs are kept.
std::vector<uint32_t> counting_runs(uint32_t groups);

// In Hz; 0 where the target does not tell.
struct NpuClocks {
  uint64_t mcu = 0, npu = 0;

  static NpuClocks of(const wire::SysInfo &info, std::span<const std::string> config);
};

class NpuCounters {
 public:
  explicit NpuCounters(NpuClocks clocks) : clocks_(clocks) {}

  void begin_sample() { nodes_.clear(); }
  // What firmware told of a node in one run, one line each. What it told in earlier runs of the same sample stays.
  void take(uint32_t node, std::string_view lines);

  // Sets the columns of a node, and of the whole inference: sums, and what is computed from them.
  void add_node(uint32_t node, const backend::Run &run, std::vector<double> &values);
  void add_inference(const backend::Run &run, std::vector<double> &values);

  // Throws AIR_ERROR_UNSUPPORTED where the firmware told nothing of what was asked for.
  void require(uint32_t groups) const;

 private:
  // By the place of the column in columns().
  using Values = std::vector<double>;
  struct Node {
    Values counted;
    double mcu_cycles = 0;  // of the run that counted at the ports
  };

  bool any_of(uint32_t group) const;
  void add(const Values &counted, const backend::Run &run, std::vector<double> &values);
  uint32_t column(size_t place, const backend::Run &run);

  NpuClocks clocks_;
  std::vector<Node> nodes_;
  std::vector<uint32_t> columns_;  // of the model, by place; 0 where it has none yet
  uint32_t known_groups_ = 0;      // whose columns the model has
};

}  // namespace air::aivalidation
