// SPDX-License-Identifier: BSD-3-Clause
// What Neural-ART firmware tells of epochs: ids, cycles, and logs for the host's statistics.
#include "npu_statistics.h"

#include <fmt/format.h>

#include <algorithm>

namespace air::server {
namespace {

constexpr uint32_t kLevel = 1;
constexpr uint64_t kOverheadShare = 50;  // one of so many cycles before the core of an epoch, one after it
constexpr uint32_t kKindHardware = 0;
constexpr uint32_t kKindSoftware = 2;
constexpr uint64_t kLongestBurst = 8;  // words of 8 bytes
constexpr uint64_t kWordBytes = 8;

template <typename... Args>
void log(Exchange &exchange, fmt::format_string<Args...> format, Args &&...args) {
  exchange.log(kLevel, fmt::format(format, std::forward<Args>(args)...));
}

uint64_t bytes_of(const air_tensor_info *const *tensors, uint32_t count) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < count; ++i) bytes += tensors[i]->size_bytes;
  return bytes;
}

// A stream that runs at one word a cycle.
uint64_t stream_cycles(uint64_t bytes, uint64_t most) {
  return std::min((bytes + kWordBytes - 1) / kWordBytes, most);
}

void log_stream(Exchange &exchange, char direction, uint64_t cycles, uint64_t core) {
  log(exchange, "s:node:streng_active:{}:0:{}:{}", direction, cycles, core);
  log(exchange, "s:node:streng_active:max:{}:0:{}", direction, cycles);
}

void log_bursts(Exchange &exchange, uint64_t reads, uint64_t writes) {
  const auto bursts = [](uint64_t bytes) { return bytes / (kLongestBurst * kWordBytes); };
  const auto singles = [](uint64_t bytes) { return bytes / kWordBytes % kLongestBurst; };
  log(exchange, "s:node:port0:burst:w:{}:0:0:{}", singles(writes), bursts(writes));
  log(exchange, "s:node:port0:burst:r:{}:0:0:{}", singles(reads), bursts(reads));
  log(exchange, "s:node:port1:burst:w:0:0:0:0");
  log(exchange, "s:node:port1:burst:r:0:0:0:0");
  log(exchange, "s:node:portx:burst:rw:{}:{}:{}:0", reads, writes, reads + writes);
}

void log_cache(Exchange &exchange, uint64_t reads, uint64_t writes) {
  constexpr uint64_t kLine = 64;
  log(exchange, "s:node:npu_cache:r:{}:{}:0:0", reads / kWordBytes - std::min(reads / kLine, reads / kWordBytes),
      reads / kLine);
  log(exchange, "s:node:npu_cache:w:{}:{}:0:0", writes / kWordBytes - std::min(writes / kLine, writes / kWordBytes),
      writes / kLine);
}

}  // namespace

EpochCycles split_epoch(uint64_t cycles) {
  const uint64_t overhead = cycles / kOverheadShare;
  return {overhead, cycles - 2 * overhead, overhead};
}

uint64_t npu_cycles(uint64_t cpu_cycles, const Personality &personality) {
  return static_cast<uint64_t>(static_cast<double>(cpu_cycles) * kNpuClock / personality.sclock);
}

uint32_t epoch_id(const air_node_info &node) {
  const uint32_t number = (node.index + 1) & 0xFFFF;
  return number << 16 | number;
}

uint32_t epoch_kind(const air_node_info &node) {
  return node.n_outputs > 1 ? kKindSoftware : kKindHardware;
}

void log_configuration(Exchange &exchange, const Personality &personality) {
  log(exchange, "s:config:version:1.0");
  log(exchange, "s:config:dev_id:0x{:x}", personality.devid);
  log(exchange, "s:config:mcu_freq:{}", personality.sclock);
  log(exchange, "s:config:noc_freq:{}", personality.hclock);
  log(exchange, "s:config:npu_freq:{}", kNpuClock);
  log(exchange, "s:config:nic_freq:{}", kNicClock);
  log(exchange, "s:config:npu_cache:{}", personality.cache & 1);
}

void log_epoch_begin(Exchange &exchange, const air_node_info &node) {
  const uint32_t epoch = node.index + 1;
  log(exchange, "s:node:evt_pre_start:{}:{}:{}:{}:{:08X}:{:08X}:{}", node.index, epoch, epoch, epoch, 0,
      epoch_kind(node), epoch_kind(node) == kKindSoftware ? "SW" : "HW");
}

void log_epoch_end(Exchange &exchange, const air_node_event &event, const Personality &personality,
                   const EpochCycles &cycles, uint32_t options) {
  const air_node_info &node = *event.node;
  const uint32_t epoch = node.index + 1;
  const uint64_t core = npu_cycles(cycles.core, personality);
  const uint64_t reads = bytes_of(node.inputs, node.n_inputs);
  const uint64_t writes = bytes_of(node.outputs, node.n_outputs);
  const auto asked = [&](uint32_t option) { return (options & option) != 0; };

  log(exchange, "s:node:evt_post_end:{}:{}:{}:{}:{}", node.index, epoch, epoch, epoch, node.n_outputs);
  log(exchange, "s:node:mcu_cycles:{}:{}:{}", cycles.before, cycles.core, cycles.after);
  if (asked(wire::kNpuEpochLength)) log(exchange, "s:node:npu_cycles:0:{}:0", core);
  if (asked(wire::kNpuStreamActive | wire::kNpuStreamInActive))
    log_stream(exchange, 'i', stream_cycles(reads, core), core);
  if (asked(wire::kNpuStreamActive | wire::kNpuStreamOutActive))
    log_stream(exchange, 'o', stream_cycles(writes, core), core);
  if (asked(wire::kNpuStreamHenv)) log(exchange, "s:node:streng_henv:i:0:{}:{}", stream_cycles(reads, core), core);
  if (asked(wire::kNpuBusInterface)) log_bursts(exchange, reads, writes);
  if (asked(wire::kNpuCache)) log_cache(exchange, reads, writes);
}

}  // namespace air::server
