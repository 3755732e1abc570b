// SPDX-License-Identifier: BSD-3-Clause
// Which firmware the server resembles: runtime, device, and how it describes models and runs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace air::server {

struct Personality {
  std::string_view name;
  uint32_t rtid;        // runtime, API and toolchain
  uint32_t shape_kind;  // of tensors
  bool observes;        // reports nodes
  bool io_names;        // inputs and outputs have names
  bool node_names;      // nodes and their tensors have names
  bool joins_pools;     // one pool of each kind, whatever the model has
  bool always_in_pool;  // inputs and outputs lie in a pool
  bool counts_macc;
  bool exec_time_with_transfers;  // duration of an observed inference
  bool measures_memory;           // stack and heap
  bool is_neural_art;             // epochs, configuration logs, statistics, NPU counters
  uint32_t devid;
  uint32_t sclock;  // Hz
  uint32_t hclock;
  uint32_t cache;
  std::span<const uint32_t> extra;
};

// "st-ai", "legacy", "tflm" or "neural-art"; NULL for other names.
const Personality *find_personality(std::string_view name);
std::span<const Personality> personalities();

// Clocks of the Neural-ART device beside sclock and hclock.
inline constexpr uint32_t kNpuClock = 1'000'000'000;
inline constexpr uint32_t kNicClock = 900'000'000;

}  // namespace air::server
