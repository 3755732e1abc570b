// SPDX-License-Identifier: BSD-3-Clause
// What Neural-ART firmware tells of epochs: ids, cycles, and logs for the host's statistics.
#include "server/models/npu_statistics.h"

#include <fmt/format.h>

#include <algorithm>

namespace air::server {
namespace {

constexpr uint32_t kLevel = 1;
constexpr uint64_t kOverheadShare = 50;  // one of so many cycles before the core of an epoch, one after it
constexpr uint32_t kKindSoftware = 2;
constexpr uint32_t kKindController = 4;
constexpr uint32_t kBlockSoftware = 0x23;    // flags of an epoch block: starts and ends an epoch, pure software
constexpr uint32_t kBlockController = 0x17;  // the same for pure hardware in a blob of the epoch controller
constexpr uint64_t kLongestBurst = 8;        // words of 8 bytes
constexpr uint64_t kWordBytes = 8;
constexpr uint64_t kHardly = 20;  // cycles

template <typename... Args>
void log(Exchange &exchange, fmt::format_string<Args...> format, Args &&...args) {
  exchange.log(kLevel, fmt::format(format, std::forward<Args>(args)...));
}

uint64_t bytes_of(const air_tensor *const *tensors, uint32_t count) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < count; ++i) bytes += tensors[i]->size_bytes;
  return bytes;
}

// A stream that runs at one word a cycle.
uint64_t stream_cycles(uint64_t bytes, uint64_t most) {
  return std::min((bytes + kWordBytes - 1) / kWordBytes, most);
}

// A stream engine: what it read ('i') or wrote ('o').
struct Stream {
  char direction;
  uint64_t cycles;
};

// The last figure is the time that the engine stood still.
void log_stream(Exchange &exchange, const char *counter, const Stream &stream, uint64_t core) {
  log(exchange, "s:node:{}:{}:0:{}:{}", counter, stream.direction, stream.cycles, core - stream.cycles);
}

void log_busiest(Exchange &exchange, const Stream &stream) {
  log(exchange, "s:node:streng_active:max:{}:{}:{}", stream.direction, stream.cycles == 0 ? -1 : 0, stream.cycles);
}

// The engines of one direction. Firmware leaves out those that hardly ran.
void log_direction(Exchange &exchange, const Stream &stream, uint64_t core) {
  const bool ran = stream.cycles > kHardly;
  if (ran) log_stream(exchange, "streng_active", stream, core);
  log_busiest(exchange, ran ? stream : Stream{stream.direction, 0});
}

void log_streams(Exchange &exchange, uint32_t options, const Stream &in, const Stream &out, uint64_t core) {
  const auto asked = [&](uint32_t option) { return (options & option) != 0; };
  if (asked(wire::kNpuStreamInActive)) log_direction(exchange, in, core);
  if (asked(wire::kNpuStreamOutActive)) log_direction(exchange, out, core);
  if (asked(wire::kNpuStreamActive)) {
    for (const Stream &stream : {in, out}) {
      if (stream.cycles > 0) log_stream(exchange, "streng_active", stream, core);
    }
    log_busiest(exchange, out.cycles > in.cycles ? out : in);
  }
  if (asked(wire::kNpuStreamHenv) && in.cycles > 0) log_stream(exchange, "streng_henv", in, core);
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
  const uint64_t overhead = std::max<uint64_t>(cycles / kOverheadShare, cycles > 2 ? 1 : 0);
  return {overhead, cycles - 2 * overhead, overhead};
}

uint64_t npu_cycles(uint64_t cpu_cycles, const Personality &personality) {
  return static_cast<uint64_t>(static_cast<double>(cpu_cycles) * kNpuClock / personality.sclock);
}

uint32_t epoch_id(uint32_t node) {
  const uint32_t number = (node + 1) & 0xFFFF;
  return number << 16 | number;
}

uint32_t epoch_kind(const air_node &node) {
  return node.n_outputs > 1 ? kKindSoftware : kKindController;
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

void log_epoch_begin(Exchange &exchange, const air_node_event &event) {
  const uint32_t epoch = event.node + 1;
  const uint32_t kind = epoch_kind(*event.description);
  const bool is_software = kind == kKindSoftware;
  // How many tensors it has is not known yet: the firmware says none.
  const uint32_t flags = wire::kOperatorInternal | wire::kOperatorWithoutTensor;
  log(exchange, "s:node:evt_pre_start:{}:{}:{}:{}:{:08X}:{:08X}:{}", event.node, epoch, epoch, epoch,
      is_software ? kBlockSoftware : kBlockController, flags << wire::kOperatorFlagShift | kind,
      is_software ? "SW" : "EC");
}

void log_epoch_end(Exchange &exchange, const air_node_event &event, const Personality &personality,
                   const EpochCycles &cycles, uint32_t options) {
  const air_node &node = *event.description;
  const uint32_t epoch = event.node + 1;
  const auto in_npu = [&](uint64_t cpu_cycles) { return npu_cycles(cpu_cycles, personality); };
  const uint64_t core = in_npu(cycles.core);
  const uint64_t reads = bytes_of(node.inputs, node.n_inputs);
  const uint64_t writes = bytes_of(node.outputs, node.n_outputs);
  const uint64_t most = epoch_kind(node) == kKindSoftware ? 0 : core;  // the processor needs no stream engine
  const auto asked = [&](uint32_t option) { return (options & option) != 0; };

  log(exchange, "s:node:evt_post_end:{}:{}:{}:{}:{}", event.node, epoch, epoch, epoch, node.n_outputs);
  log(exchange, "s:node:mcu_cycles:{}:{}:{}", cycles.before, cycles.core, cycles.after);
  if (asked(wire::kNpuEpochLength)) {
    log(exchange, "s:node:npu_cycles:{}:{}:{}", in_npu(cycles.before), core, in_npu(cycles.after));
  }
  log_streams(exchange, options, {'i', stream_cycles(reads, most)}, {'o', stream_cycles(writes, most)}, core);
  if (asked(wire::kNpuBusInterface)) log_bursts(exchange, reads, writes);
  if (asked(wire::kNpuCache)) log_cache(exchange, reads, writes);
}

}  // namespace air::server
