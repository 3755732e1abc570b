// SPDX-License-Identifier: BSD-3-Clause
// What the faults do to one message.
#include "server/faults/distort.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/dtype.h"
#include "server/models/long_varints.h"
#include "wire/format.h"

namespace air::server {
namespace {

using wire::Payload;

constexpr std::byte kGarbage{0xC3};  // no header of any framing, and no sync
constexpr std::byte kStale{0x5A};
constexpr uint32_t kSurplus = 64;
constexpr uint32_t kFormatInt16 = 0x00840840;
constexpr uint32_t kFormatFloat32 = 0x00821040;
constexpr uint32_t kFormatOf20Bits = 0x00840A40;
constexpr size_t kHugeRank = 4;
constexpr std::array kPacketFaults = {FaultKind::DieIn,  FaultKind::GarbageBetween, FaultKind::Truncated,
                                      FaultKind::Header, FaultKind::Oversize,       FaultKind::StalePadding};

// Fields 200 to 203: a varint, a fixed64, three bytes, a fixed32.
constexpr auto kUnknownFields = std::to_array<uint8_t>(
    {0xC0, 0x0C, 7, 0xC9, 0x0C, 1, 2, 3, 4, 5, 6, 7, 8, 0xD2, 0x0C, 3, 'a', 'b', 'c', 0xDD, 0x0C, 1, 2, 3, 4});

wire::TensorDesc *first_tensor(wire::Response &response) {
  if (response.payload == Payload::Tensor) return &response.tensor.desc;
  if (response.payload == Payload::ModelInfo && !response.minfo.inputs.empty()) return &response.minfo.inputs.front();
  return nullptr;
}

std::string *name_of(wire::Response &response) {
  switch (response.payload) {
    case Payload::Operator:
      return &response.op.name;
    case Payload::Tensor:
      return &response.tensor.desc.name;
    case Payload::ModelInfo:
      return &response.minfo.name;
    default:
      return nullptr;
  }
}

void replace_by_error(wire::Response &response, uint32_t code) {
  response.payload = Payload::Ack;
  response.state = wire::kStateError;
  response.ack = {code, code};
}

void distort_envelope(const Faults &faults, wire::Response &response) {
  if (const auto id = faults.at_message(FaultKind::WrongReqid)) {
    response.reqid = *id != 0 ? static_cast<uint32_t>(*id) : response.reqid + 1;
  }
  if (const auto state = faults.at_message(FaultKind::WrongState)) response.state = static_cast<uint32_t>(*state);
  if (faults.at_message(FaultKind::WrongKind)) {
    response.payload = response.payload == Payload::Sync ? Payload::Ack : Payload::Sync;
  }
  if (const auto code = faults.at_message(FaultKind::Error)) replace_by_error(response, static_cast<uint32_t>(*code));
  if (const auto version = faults.at_message(FaultKind::Version))
    response.sync.version = static_cast<uint32_t>(*version);
}

void distort_tensor(const Faults &faults, wire::TensorDesc &desc) {
  if (faults.at_message(FaultKind::WrongSize)) desc.size += kSurplus;
  if (const auto rank = faults.at_message(FaultKind::WrongRank)) desc.dims.assign(*rank, 1);
  if (faults.at_message(FaultKind::HugeDims)) desc.dims.assign(kHugeRank, UINT32_MAX);
  if (faults.at_message(FaultKind::WrongDtype))
    desc.format = desc.format == kFormatInt16 ? kFormatFloat32 : kFormatInt16;
  if (faults.at_message(FaultKind::BadFormat)) desc.format = kFormatOf20Bits;
  if (faults.at_message(FaultKind::WrongLast)) desc.flags ^= wire::kTensorLast;
}

// The tensor in the format, element by element. One of a format that nobody knows stays as it is, under its name.
void reformat(wire::Tensor &tensor, uint32_t format, std::vector<std::byte> &data) {
  const auto type = wire::decode_format(format);
  tensor.desc.format = format;
  if (!type || tensor.data.datas.empty() || tensor.desc.size == 0) return;
  const wire::Bytes given = tensor.data.datas;
  const size_t old_size = given.size() / tensor.desc.size;
  const size_t new_size = dtype_size(type->dtype);
  data.assign(tensor.desc.size * new_size, std::byte{0});
  for (size_t i = 0; i < tensor.desc.size; ++i) {
    std::copy_n(given.begin() + static_cast<ptrdiff_t>(i * old_size), std::min(old_size, new_size),
                data.begin() + static_cast<ptrdiff_t>(i * new_size));
  }
  tensor.data = {0, static_cast<uint32_t>(data.size()), 0, data};
}

void set_header(wire::Framing framing, uint64_t header, std::vector<std::byte> &packet) {
  const bool two_bytes = framing.flavour == wire::Flavour::B;
  if (two_bytes) packet[0] = static_cast<std::byte>(header >> 8);
  packet[two_bytes ? 1 : 0] = static_cast<std::byte>(header);
}

// Bytes of the packet that are payload, by its header.
size_t used_bytes(wire::Framing framing, const std::vector<std::byte> &packet) {
  if (framing.flavour == wire::Flavour::A) return std::to_integer<size_t>(packet[0] & std::byte{0x7F});
  return std::to_integer<size_t>(packet[0] & std::byte{0x7F}) << 8 | std::to_integer<size_t>(packet[1]);
}

}  // namespace

void distort_fields(const Faults &faults, wire::Response &response, std::vector<std::byte> &data) {
  const auto format = faults.at_message(FaultKind::Format);
  if (format && response.payload == Payload::Tensor) reformat(response.tensor, static_cast<uint32_t>(*format), data);
  if (wire::TensorDesc *desc = first_tensor(response)) distort_tensor(faults, *desc);
  if (std::string *name = name_of(response)) {
    if (const auto length = faults.at_message(FaultKind::LongName)) name->assign(*length, 'n');
    if (faults.at_message(FaultKind::BadText)) name->assign("\xFF\xFE\x80");
  }
  if (faults.at_message(FaultKind::WrongCount)) ++response.minfo.n_inputs;
  if (faults.at_message(FaultKind::WrongSize)) response.ack.param += kSurplus;
  if (faults.at_message(FaultKind::WrongLast)) {
    response.op.type ^= wire::kOperatorLast << wire::kOperatorFlagShift;
  }
  distort_envelope(faults, response);
}

wire::Scatter distort_bytes(const Faults &faults, wire::Flavour flavour, wire::Scatter message,
                            std::vector<std::byte> &head) {
  if (faults.at_message(FaultKind::LongVarints)) head = with_long_varints(head, flavour);
  if (faults.at_message(FaultKind::UnknownFields)) {
    const auto fields = std::as_bytes(std::span(kUnknownFields));
    head.insert(head.begin(), fields.begin(), fields.end());
  }
  message.head = head;
  if (const auto kept = faults.at_message(FaultKind::TruncatedMessage)) {
    const size_t of_head = std::min<uint64_t>(*kept, message.head.size());
    const size_t of_tail = std::min<uint64_t>(*kept - of_head, message.tail.size());
    message = {message.head.first(of_head), message.tail.first(of_tail)};
  }
  return message;
}

bool distorts_packets(const Faults &faults) {
  return std::any_of(kPacketFaults.begin(), kPacketFaults.end(),
                     [&](FaultKind kind) { return faults.at_message(kind).has_value(); });
}

void distort_packet(const Faults &faults, wire::Framing framing, uint64_t number, bool is_last,
                    std::vector<std::byte> &packet) {
  if (faults.at_message(FaultKind::StalePadding)) {
    const size_t used = framing.header_size() + used_bytes(framing, packet);
    std::fill(packet.begin() + static_cast<std::ptrdiff_t>(used), packet.end(), kStale);
  }
  if (number == 1) {
    if (const auto header = faults.at_message(FaultKind::Header)) set_header(framing, *header, packet);
    if (faults.at_message(FaultKind::Oversize)) set_header(framing, framing.payload + 1, packet);
  }
  if (const auto missing = faults.at_message(FaultKind::Truncated); missing && is_last) {
    packet.resize(packet.size() - std::min<uint64_t>(*missing, packet.size()));
  }
  if (const auto count = faults.at_message(FaultKind::GarbageBetween); count && number == 1) {
    const std::vector<std::byte> noise = garbage(*count);
    packet.insert(packet.end(), noise.begin(), noise.end());
  }
}

std::vector<std::byte> garbage(uint64_t count) {
  return std::vector<std::byte>(count, kGarbage);
}

}  // namespace air::server
