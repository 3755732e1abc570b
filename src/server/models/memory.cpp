// SPDX-License-Identifier: BSD-3-Clause
// The memory that the target's memory services see.
#include "server/models/memory.h"

#include <algorithm>

#include "wire/checksum.h"

namespace air::server {
namespace {

constexpr uint64_t kAlignment = 32;

}  // namespace

Memory::Memory(std::deque<ServedModel> &models) {
  regions_.push_back({kScratchAddress, scratch_});
  uint64_t next = kInputsAddress;
  for (ServedModel &model : models) {
    for (size_t i = 0; i < model.inputs().size(); ++i) {
      const std::span<std::byte> bytes = model.input(i);
      if (next + bytes.size() > UINT32_MAX) return;
      regions_.push_back({static_cast<uint32_t>(next), bytes});
      model.set_input_address(i, static_cast<uint32_t>(next));
      next += (bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
    }
  }
}

std::optional<std::span<std::byte>> Memory::find(uint32_t address, uint32_t size) {
  if (test_mode_) {
    address = kScratchAddress;
    size = std::min(size, kScratchSize);
  }
  for (const Region &region : regions_) {
    const uint64_t offset = uint64_t{address} - region.address;  // huge for an address in front of the region
    if (offset <= region.bytes.size() && size <= region.bytes.size() - offset)
      return region.bytes.subspan(offset, size);
  }
  return std::nullopt;
}

void Memory::serve(Exchange &exchange, const wire::Request &request) {
  const auto bytes = find(request.param, request.opt);
  if (!bytes) return exchange.send_error(wire::kErrorInvalidParam, request.param);
  if (request.cmd == wire::kCmdMemoryChecksum) {
    exchange.send_ack(wire::kStateDone, wire::rotating_checksum(*bytes));
  } else if (request.cmd == wire::kCmdMemoryRead) {
    read(exchange, *bytes, request.param);
  } else {
    write(exchange, *bytes);
  }
}

void Memory::read(Exchange &exchange, std::span<const std::byte> bytes, uint32_t address) {
  const size_t chunk = std::min<size_t>(bytes.size(), wire::kMaxMemoryChunk);
  exchange.send_ack(bytes.empty() ? wire::kStateDone : wire::kStateProcessing, static_cast<uint32_t>(chunk));
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(chunk, bytes.size()));
    const bool is_last = piece.size() == bytes.size();
    wire::Response &response = exchange.blank(wire::Payload::Data, is_last ? wire::kStateDone : wire::kStateProcessing);
    response.data = {0, static_cast<uint32_t>(piece.size()), address, piece};
    exchange.send(response);
    if (!is_last) exchange.await_ack();
    bytes = bytes.subspan(piece.size());
    address += static_cast<uint32_t>(piece.size());
  }
}

// A chunk reaches the memory when it has come whole.
void Memory::write(Exchange &exchange, std::span<std::byte> bytes) {
  const size_t chunk = std::min<size_t>(bytes.size(), wire::kMaxMemoryChunk);
  exchange.send_ack(bytes.empty() ? wire::kStateDone : wire::kStateWaiting, static_cast<uint32_t>(chunk));
  std::array<std::byte, wire::kMaxMemoryChunk> buffer;
  while (!bytes.empty()) {
    const size_t room = std::min(chunk, bytes.size());
    const uint64_t received = exchange.await_data(std::span(buffer).first(room));
    if (received > room) {
      return exchange.send_error(wire::kErrorMemoryOverflow, static_cast<uint32_t>(received - room));
    }
    const auto piece = std::span(buffer).first(received);
    std::copy(piece.begin(), piece.end(), bytes.begin());
    bytes = bytes.subspan(received);
    exchange.send_ack(bytes.empty() ? wire::kStateDone : wire::kStateWaiting, wire::rotating_checksum(piece));
  }
}

}  // namespace air::server
