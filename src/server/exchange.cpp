// SPDX-License-Identifier: BSD-3-Clause
// The target's side of the conversation: whole messages in and out.
#include "server/exchange.h"

#include <algorithm>

#include "server/faults/distort.h"
#include "wire/encode.h"

namespace air::server {
namespace {

using namespace std::chrono_literals;
using Step = wire::HostMessageReader::Step;

constexpr auto kQuiet = 50ms;           // after a packet that cannot be
constexpr auto kLongestPacketGap = 2s;  // inside a packet, when idle
constexpr size_t kSendBuffer = size_t{64} * 1024;
constexpr std::byte kNoSync{0x55};

constexpr std::string_view kBanner =
    "\r\n#\r\n# AI Validation\r\n#\r\nairunner serve, simulated target\r\n READY to receive a CMD from the HOST...\r\n";

}  // namespace

Exchange::Exchange(Channel &channel, Faults &faults, wire::Flavour flavour)
    : channel_(channel), faults_(faults), framing_{flavour, wire::kMinPayload}, reader_(framing_), out_(kSendBuffer) {}

void Exchange::begin_client() {
  faults_.next_client();
  framing_.payload = wire::kMinPayload;
  reader_.reset(framing_);
  unread_ = {};
  mute_ = faults_.always(FaultKind::Silent).has_value();
  swallows_ = false;
  if (const auto bytes = faults_.always(FaultKind::Swallow)) swallow(*bytes);
  if (faults_.always(FaultKind::Banner)) channel_.write(std::as_bytes(std::span(kBanner)));
}

void Exchange::set_payload(uint32_t payload) {
  framing_.payload = payload;
  reader_.reset(framing_);
}

// Waits for bytes. Half a packet is given up after a while when nothing is going on: hosts never pause inside a packet.
void Exchange::fill_input(bool is_idle) {
  const bool may_give_up = is_idle && reader_.in_packet() && !swallows_;
  const size_t n =
      channel_.read(in_, may_give_up ? std::optional(std::chrono::milliseconds(kLongestPacketGap)) : std::nullopt);
  unread_ = wire::Bytes(in_).first(n);
  if (n > 0) return;
  reader_.reset(framing_);
  throw CommandEnded();
}

void Exchange::drop_input() {
  note("a packet header that cannot be: input dropped until it is quiet");
  channel_.drop_until_quiet(kQuiet);
  unread_ = {};
  reader_.reset(framing_);
}

// As after garbage: a packet has announced a message of so many bytes.
void Exchange::swallow(uint64_t bytes) {
  constexpr uint64_t kMore = 0x80;
  std::vector<std::byte> packet(framing_.header_size());
  for (; bytes >= kMore; bytes >>= 7) packet.push_back(static_cast<std::byte>(bytes | kMore));
  packet.push_back(static_cast<std::byte>(bytes));
  packet[framing_.header_size() - 1] = static_cast<std::byte>(packet.size() - framing_.header_size());
  packet.resize(framing_.packet_size());
  for (wire::Bytes rest(packet); !rest.empty();) rest = rest.subspan(reader_.feed(rest).used);
  swallows_ = true;
}

void Exchange::send_sync() {
  faults_.next_sync();
  if (faults_.at_sync(FaultKind::DieAtSync)) channel_.die();
  if (mute_ || faults_.at_sync(FaultKind::MissingSync)) return;
  const std::byte sync = faults_.at_sync(FaultKind::WrongSync) ? kNoSync : wire::kSync;
  channel_.write(std::span(&sync, 1));
  if (faults_.at_sync(FaultKind::DoubleSync)) channel_.write(std::span(&sync, 1));
}

// Takes one message of the host. Returns false for one without a sensible length.
template <typename Take>
bool Exchange::receive(bool is_idle, Take take) {
  for (;;) {
    const auto fed = reader_.feed(unread_);
    unread_ = unread_.subspan(fed.used);
    switch (fed.step) {
      case Step::NeedBytes:
        fill_input(is_idle);
        break;
      case Step::Fragment:
        take(fed.fragment);
        break;
      case Step::SendSync:
        send_sync();
        break;
      case Step::End:
        return true;
      case Step::BadDelimiter:
        return false;
      case Step::BadHeader:
        drop_input();
        throw CommandEnded();
    }
  }
}

const wire::Request &Exchange::await_request() {
  for (;;) {
    collector_.clear();
    const bool is_message = receive(true, [&](wire::Bytes fragment) { collector_.add(fragment); });
    swallows_ = false;
    if (is_message && decoder_.decode(collector_.message(), request_) == wire::DecodeStatus::Ok) return request_;
  }
}

void Exchange::await_ack() {
  collector_.clear();
  wire::Ack ack;
  const bool is_message = receive(false, [&](wire::Bytes fragment) { collector_.add(fragment); });
  if (!is_message || decoder_.decode(collector_.message(), ack) != wire::DecodeStatus::Ok) throw CommandEnded();
}

uint64_t Exchange::await_data(std::span<std::byte> place) {
  data_.start(place);
  const bool is_message = receive(false, [&](wire::Bytes fragment) { data_.add(fragment); });
  if (!is_message || !data_.valid()) throw CommandEnded();
  return data_.received();
}

wire::Response &Exchange::blank(wire::Payload payload, uint32_t state) {
  response_.payload = payload;
  response_.state = state;
  return response_;
}

void Exchange::send_ack(uint32_t state, uint32_t param, uint32_t error) {
  wire::Response &response = blank(wire::Payload::Ack, state);
  response.ack = {param, error};
  send(response);
}

void Exchange::log(uint32_t level, std::string_view text, uint32_t state) {
  log_.payload = wire::Payload::Log;
  log_.state = state;
  log_.log.level = level;
  log_.log.str.assign(text);
  send(log_);
  await_ack();
}

void Exchange::storm(uint64_t count) {
  log_.payload = wire::Payload::Log;
  log_.state = wire::kStateWaiting;
  log_.reqid = request_.reqid;
  log_.log.level = 1;
  log_.log.str.assign(faults_.always(FaultKind::LogSize).value_or(wire::kMaxLog), 'l');
  for (; count > 0; --count) {
    transmit_packets(wire::encode(log_, framing_.flavour, head_));
    await_ack();
  }
}

void Exchange::send(wire::Response &response) {
  faults_.next_message(response.payload);
  mute_ = mute_ || faults_.at_message(FaultKind::Silent);
  if (mute_) return;
  response.reqid = request_.reqid;
  if (const auto count = faults_.at_message(FaultKind::LogStorm)) storm(*count);
  if (const auto ms = faults_.at_message(FaultKind::Late)) channel_.pause(std::chrono::milliseconds(*ms));
  if (faults_.at_message(FaultKind::Die)) channel_.die();
  distort_fields(faults_, response, distorted_);
  transmit(response);
  const auto swallowed = faults_.at_message(FaultKind::Swallow);
  if (swallowed && !faults_.always(FaultKind::Swallow)) swallow(*swallowed);
  if (faults_.at_message(FaultKind::Error)) throw CommandEnded();
}

void Exchange::transmit(wire::Response &response) {
  wire::Scatter message = wire::encode(response, framing_.flavour, head_);
  message = distort_bytes(faults_, framing_.flavour, message, head_);
  if (const auto count = faults_.at_message(FaultKind::GarbageBefore)) channel_.write(garbage(*count));
  if (distorts_packets(faults_)) {
    transmit_distorted(message);
  } else {
    transmit_packets(message);
  }
  if (const auto count = faults_.at_message(FaultKind::GarbageAfter)) channel_.write(garbage(*count));
}

void Exchange::transmit_packets(wire::Scatter message) {
  writer_.start(framing_, wire::Direction::TargetToHost, message);
  while (!writer_.done()) channel_.write(std::span(out_).first(writer_.fill(out_)));
}

void Exchange::transmit_distorted(wire::Scatter message) {
  const uint64_t last_words = faults_.at_message(FaultKind::DieIn).value_or(0);
  writer_.start(framing_, wire::Direction::TargetToHost, message);
  for (uint64_t number = 1; !writer_.done(); ++number) {
    const wire::Bytes whole = writer_.next();
    std::vector<std::byte> packet(whole.begin(), whole.end());
    distort_packet(faults_, framing_, number, writer_.done(), packet);
    if (number == last_words) packet.resize(packet.size() / 2);
    channel_.write(packet);
    if (number == last_words) channel_.die();
  }
}

}  // namespace air::server
