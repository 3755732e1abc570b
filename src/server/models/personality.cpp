// SPDX-License-Identifier: BSD-3-Clause
// Which firmware the server resembles: the table.
#include "server/models/personality.h"

#include <algorithm>

#include "wire/constants.h"

namespace air::server {
namespace {

constexpr uint32_t rtid(uint32_t runtime, uint32_t api) {
  return runtime | api << wire::kRtidApiShift | wire::kToolGcc << wire::kRtidToolShift;
}

// Cache words: series, FPU, core caches, flash latency or NPU cache.
constexpr uint32_t kSeriesH7 = 3u << 24;
constexpr uint32_t kSeriesN6 = 5u << 24;
constexpr uint32_t kFpu = 1u << 16;
constexpr uint32_t kCoreCaches = 3u << 10;
constexpr uint32_t kCacheH7 = kSeriesH7 | kFpu | kCoreCaches | 4;
constexpr uint32_t kCacheN6 = kSeriesN6 | kFpu | kCoreCaches | 1;
constexpr uint32_t kStm32H743 = 0x450;
constexpr uint32_t kStm32N6 = 0x486;
constexpr std::array<uint32_t, 4> kExtraN6 = {0, kNpuClock, kNicClock, 0};

constexpr std::array<Personality, 4> kPersonalities = {{
    {.name = "st-ai",
     .rtid = rtid(wire::kRuntimeStAi, wire::kApiStAi),
     .shape_kind = wire::kShapeStAi,
     .observes = true,
     .io_names = true,
     .node_names = true,
     .joins_pools = false,
     .always_in_pool = false,
     .counts_macc = true,
     .exec_time_with_transfers = false,
     .measures_memory = true,
     .is_neural_art = false,
     .devid = kStm32H743,
     .sclock = 480'000'000,
     .hclock = 240'000'000,
     .cache = kCacheH7,
     .extra = {}},
    {.name = "legacy",
     .rtid = rtid(wire::kRuntimeStAi, wire::kApiNone),
     .shape_kind = wire::kShapeBcwh,
     .observes = true,
     .io_names = false,
     .node_names = false,
     .joins_pools = true,
     .always_in_pool = false,
     .counts_macc = true,
     .exec_time_with_transfers = true,
     .measures_memory = true,
     .is_neural_art = false,
     .devid = kStm32H743,
     .sclock = 480'000'000,
     .hclock = 240'000'000,
     .cache = kCacheH7,
     .extra = {}},
    {.name = "tflm",
     .rtid = rtid(wire::kRuntimeTflm, wire::kApiNone),
     .shape_kind = wire::kShapeUndefined,
     .observes = false,
     .io_names = false,
     .node_names = false,
     .joins_pools = true,
     .always_in_pool = true,
     .counts_macc = false,
     .exec_time_with_transfers = false,
     .measures_memory = false,
     .is_neural_art = false,
     .devid = kStm32H743,
     .sclock = 480'000'000,
     .hclock = 240'000'000,
     .cache = kCacheH7,
     .extra = {}},
    {.name = "neural-art",
     .rtid = rtid(wire::kRuntimeNeuralArt, wire::kApiNone),
     .shape_kind = wire::kShapeUndefined,
     .observes = true,
     .io_names = true,
     .node_names = false,
     .joins_pools = true,
     .always_in_pool = false,
     .counts_macc = false,
     .exec_time_with_transfers = false,
     .measures_memory = false,
     .is_neural_art = true,
     .devid = kStm32N6,
     .sclock = 800'000'000,
     .hclock = 400'000'000,
     .cache = kCacheN6,
     .extra = kExtraN6},
}};

}  // namespace

const Personality *find_personality(std::string_view name) {
  const auto found = std::find_if(kPersonalities.begin(), kPersonalities.end(),
                                  [&](const Personality &personality) { return personality.name == name; });
  return found == kPersonalities.end() ? nullptr : &*found;
}

std::span<const Personality> personalities() {
  return kPersonalities;
}

}  // namespace air::server
