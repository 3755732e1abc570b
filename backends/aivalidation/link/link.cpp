// SPDX-License-Identifier: BSD-3-Clause
// The link to a target: whole messages over a channel.
#include "aivalidation/link/link.h"

#include <algorithm>
#include <utility>

namespace air::aivalidation {

Link::Link(std::unique_ptr<Channel> channel, const Limits &limits, const HostLog &log)
    : channel_(std::move(channel)), limits_(limits), log_(log) {}

wire::Sync Link::synchronise(uint32_t left_at, bool may_fill) {
  doing_ = "synchronising with the target";
  synchronised_ = false;
  Resync::Hint hint{.left_at = left_at, .answer_due = std::exchange(answer_due_, false), .may_fill = may_fill};
  if (flavour_known_) {
    hint.flavour = framing_.flavour;
    hint.payload = framing_.payload;
    hint.aligned = aligned_;
  }
  const Resync::Found found = Resync(*channel_, limits_, log_).run(hint);
  set_flavour(found.flavour);
  synchronised_ = aligned_ = true;
  return found.sync;
}

void Link::set_flavour(wire::Flavour flavour) {
  framing_ = {flavour, wire::kMinPayload};
  flavour_known_ = true;
  reader_.reset(framing_);
  rx_ = {};
}

void Link::send_ahead_of_syncs(uint32_t packets) {
  n_ahead_ = packets;
  ahead_.resize(size_t{packets} * wire::kMaxPacket);
}

void Link::set_payload(uint32_t payload) {
  framing_.payload = payload;
  reader_.reset(framing_);
}

uint32_t Link::next_request_id() {
  request_id_ = request_id_ % INT32_MAX + 1;
  return request_id_;
}

Link::Traffic Link::traffic() const {
  Traffic traffic = traffic_;
  traffic.packets += reader_.packets();
  return traffic;
}

void Link::send(wire::Scatter message, const char *doing) {
  doing_ = doing;
  if (!at_rest()) fail_protocol("bytes that nobody asked for");
  writer_.start(framing_, wire::Direction::HostToTarget, message);
  if (ahead_.empty()) {
    send_in_step();
  } else {
    send_ahead();
  }
}

void Link::send_in_step() {
  for (wire::Bytes packet = writer_.next();;) {
    write(packet);
    if (writer_.done()) break;
    packet = writer_.next();  // made while the target takes the one before
    await_syncs(1);
  }
}

void Link::send_ahead() {
  while (!writer_.done()) {
    const size_t n = writer_.fill(std::span(ahead_).first(n_ahead_ * framing_.packet_size()));
    write(wire::Bytes(ahead_).first(n));
    await_syncs(n / framing_.packet_size() - (writer_.done() ? 1 : 0));
  }
}

void Link::write(wire::Bytes packets) {
  channel_->write(packets, limits_.write);
  just_sent_ = true;
  traffic_.bytes_sent += packets.size();
  traffic_.packets += packets.size() / framing_.packet_size();
}

void Link::await_syncs(size_t count) {
  while (count > 0) {
    if (read(limits_.sync) == 0) fail_timeout(limits_.sync);
    // Behind the last sync byte of a message its answer may follow at once.
    const wire::Bytes got = rx_.first(writer_.done() ? std::min(count, rx_.size()) : rx_.size());
    const auto wrong = std::find_if(got.begin(), got.end(), [](std::byte b) { return b != wire::kSync; });
    if (got.size() > count || wrong != got.end()) {
      fail_protocol(
          fmt::format("{} bytes beginning with 0x{:02x} where one sync byte (0xaa) was due for each of {} packets",
                      rx_.size(), static_cast<unsigned>(rx_.front()), count));
    }
    rx_ = rx_.subspan(got.size());
    count -= got.size();
  }
}

const wire::Response &Link::receive(const Wait &wait) {
  doing_ = wait.doing;
  answer_due_ = true;
  for (uint32_t limit = wait.limit_ms;;) {
    if (rx_.empty() && read(limit) == 0) {
      answer_due_ = false;
      fail_timeout(limit);
    }
    const wire::PacketReader::Fed fed = reader_.feed(rx_);
    rx_ = rx_.subspan(fed.used);
    answer_due_ = fed.step == wire::PacketReader::Step::NeedBytes;
    if (fed.step == wire::PacketReader::Step::Error) fail_protocol(wire::link_error_text(reader_.error()));
    if (fed.step == wire::PacketReader::Step::Message) break;
    limit = limits_.in_message;
  }
  const wire::DecodeStatus status = decoder_.decode(reader_.message(), framing_.flavour, response_);
  if (status != wire::DecodeStatus::Ok) fail_protocol(wire::decode_status_text(status));
  return response_;
}

size_t Link::read(uint32_t limit_ms) {
  const size_t n = channel_->read(buffer_, limit_ms);
  rx_ = wire::Bytes(buffer_).first(n);
  traffic_.bytes_received += n;
  traffic_.turnarounds += std::exchange(just_sent_, false) ? 1 : 0;
  return n;
}

void Link::fail_timeout(uint32_t limit_ms) const {
  fail(AIR_ERROR_TIMEOUT,
       "STM32 - read timeout {0}ms/{0}ms: {1} fell silent while {2}; ?timeout=<seconds> waits longer", limit_ms, name(),
       doing_);
}

void Link::fail_protocol(const std::string &what) const {
  fail(AIR_ERROR_PROTOCOL, "{} breaks the protocol while {}: {}", name(), doing_, what);
}

}  // namespace air::aivalidation
