// SPDX-License-Identifier: BSD-3-Clause
// Memory of the target, in chunks of at most 1024 bytes.
#include "aivalidation/link/memory.h"

#include <algorithm>

#include "wire/checksum.h"

namespace air::aivalidation {
namespace {

wire::Request request_of(uint32_t cmd, uint32_t address, size_t size) {
  return {.cmd = cmd, .param = address, .name = "", .opt = static_cast<uint32_t>(size)};
}

}  // namespace

void read_memory(Link &link, const HostLog &log, const Limits &limits, uint32_t address, std::span<std::byte> data) {
  if (data.empty()) return;
  const Wait wait{limits.memory, "waiting for the reply to MEMORY_READ"};
  Command command(link, log, request_of(wire::kCmdMemoryRead, address, data.size()), "sending MEMORY_READ");
  command.expect(wire::Payload::Ack, wire::kStateProcessing, wait);
  while (!data.empty()) {
    const wire::Response &response = command.next(wait);
    const wire::Bytes bytes = response.data.datas;
    const bool is_last = response.state == wire::kStateDone;
    command.check(response, wire::Payload::Data, is_last ? wire::kStateDone : wire::kStateProcessing);
    if (bytes.empty() || bytes.size() > data.size() || is_last != (bytes.size() == data.size())) {
      fail(AIR_ERROR_PROTOCOL, "{} sends {} bytes of memory where {} are left", link.name(), bytes.size(), data.size());
    }
    std::copy(bytes.begin(), bytes.end(), data.begin());
    data = data.subspan(bytes.size());
    if (!is_last) command.acknowledge("acknowledging memory");
  }
  command.finish();
}

void write_memory(Link &link, const HostLog &log, const Limits &limits, uint32_t address, wire::Bytes data,
                  bool &writing) {
  if (data.empty()) return;
  const Wait wait{limits.memory, "waiting for the reply to MEMORY_WRITE"};
  writing = true;
  Command command(link, log, request_of(wire::kCmdMemoryWrite, address, data.size()), "sending MEMORY_WRITE");
  const wire::Response &first = command.next(wait);
  if (first.payload == wire::Payload::Ack && first.state == wire::kStateError)
    writing = false;  // refused: nothing begun
  command.check(first, wire::Payload::Ack, wire::kStateWaiting);
  const uint32_t largest =
      first.ack.param == 0 ? wire::kMaxMemoryChunk : std::min(first.ack.param, wire::kMaxMemoryChunk);
  bool intact = true;
  while (!data.empty()) {
    const wire::Bytes chunk = data.first(std::min<size_t>(data.size(), largest));
    data = data.subspan(chunk.size());
    command.send(wire::Data{.size = static_cast<uint32_t>(chunk.size()), .addr = address, .datas = chunk},
                 "sending memory");
    const uint32_t sum =
        command.expect(wire::Payload::Ack, data.empty() ? wire::kStateDone : wire::kStateWaiting, wait).ack.param;
    intact = intact && sum == wire::rotating_checksum(chunk);
    address += static_cast<uint32_t>(chunk.size());
  }
  command.finish();
  writing = false;
  if (!intact) fail(AIR_ERROR_IO, "the target's checksum of what was written differs: is the memory writable?");
}

uint32_t checksum_memory(Link &link, const HostLog &log, const Limits &limits, uint32_t address, uint32_t size) {
  Command command(link, log, request_of(wire::kCmdMemoryChecksum, address, size), "sending MEMORY_CHECKSUM");
  const Wait wait{limits.memory, "waiting for the reply to MEMORY_CHECKSUM"};
  const uint32_t sum = command.expect(wire::Payload::Ack, wire::kStateDone, wait).ack.param;
  command.finish();
  return sum;
}

}  // namespace air::aivalidation
