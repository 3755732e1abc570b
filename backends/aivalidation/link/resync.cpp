// SPDX-License-Identifier: BSD-3-Clause
// Finds out the flavour of a link and brings a target of unknown state back to idle.
#include "aivalidation/link/resync.h"

#include <algorithm>
#include <array>

#include "aivalidation/channel/telnet.h"
#include "wire/encode.h"

namespace air::aivalidation {
namespace {

using wire::Flavour;
using wire::Framing;

// Milliseconds.
constexpr uint32_t kNextSyncReply = 1'000;
constexpr uint32_t kSecondSync = 100;
constexpr uint32_t kStageReply = 50;
constexpr uint32_t kStaleReply = 60;
constexpr uint32_t kLateSign = 1'500;
constexpr uint32_t kSilentProbing = 3'000;  // a board that starts speaks before
constexpr uint32_t kLongDrain = 2'500;      // some targets give up what they wait for after two seconds
constexpr uint32_t kLastDrain = 10'000;

constexpr uint32_t kSyncIds = 127;      // larger ids could make a misaligned firmware read beyond its buffer
constexpr uint32_t kZerosUart = 200;    // more than any packet of 32 bytes needs
constexpr uint32_t kZerosAny = 4'200;   // more than the largest packet needs
constexpr uint32_t kPatientZeros = 68;  // enough for the usual packets
constexpr uint32_t kBlock = 32;         // zeros at a time, where packets are large
constexpr uint32_t kPacketA = 33;
constexpr uint32_t kPacketB = 34;
constexpr uint32_t kRounds = 8;
constexpr uint32_t kSilentAttempts = 3;
constexpr uint32_t kAttempts = 32;
constexpr uint32_t kMostFillers = 65'536;
constexpr uint32_t kManyFillers = 1'024;
constexpr size_t kBufferSize = size_t{64} * 1024;
constexpr size_t kSampleSize = 40;

bool stages(Channel::Kind kind) {
  return kind != Channel::Kind::kUart && kind != Channel::Kind::kRemoteUart;
}

bool wants_ack(const wire::Response &response) {
  const bool waits = response.state == wire::kStateWaiting || response.state == wire::kStateProcessing;
  switch (response.payload) {
    case wire::Payload::Log:
      return true;
    case wire::Payload::Ack:
    case wire::Payload::Data:
    case wire::Payload::Node2x:
    case wire::Payload::RunReport:
      return waits;
    default:
      return false;
  }
}

}  // namespace

Resync::Resync(Channel &channel, const Limits &limits, const HostLog &log)
    : channel_(channel), limits_(limits), log_(log), buffer_(kBufferSize) {}

Resync::Found Resync::run(const Hint &hint) {
  hint_ = hint;
  const auto now = Interrupt::Clock::now();
  deadline_ = now + std::chrono::milliseconds(limits_.resync);
  // What completes no message in three quarters of the time would not in the rest.
  fill_until_ = now + (std::min(deadline_, channel_.deadline().value_or(deadline_)) - now) / 4 * 3;
  silent_until_ = now + std::chrono::milliseconds(kSilentProbing);
  // Not the number that a former client began with: its request may be the one that gets answered.
  id_ = static_cast<uint32_t>(now.time_since_epoch().count() / 1'000 % kSyncIds);
  try {
    if (hint.answer_due) fill(limits_.resync);
    drain(hint.answer_due ? limits_.resync : kLongestDrain);
    if (const auto flavour = search()) return {*flavour, response_.sync};
    if (const auto flavour = try_last()) return {*flavour, response_.sync};
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_TIMEOUT && fillers_ > kManyFillers) fail_dumb();
    if (error.status() != AIR_ERROR_LINK_LOST || !heard_anything_) throw;
    give_up(" and closes the connection");
  }
  give_up("");
}

// It takes what it is sent, and says nothing.
void Resync::fail_dumb() const {
  const std::string manner = fillers_ > 0
                                 ? fmt::format("takes all it is sent ({} bytes) for the rest of a message", filled_)
                             : heard_anything_ ? "asks for more and more"
                                               : "worked before";
  fail(AIR_ERROR_NO_ANSWER, "Invalid firmware - {}: the target {}, and answers nothing more: reset the board",
       channel_.name(), manner);
}

void Resync::give_up(const char *manner) const {
  if (swallowed_ || (heard_anything_ && sample_.empty()) || (!heard_anything_ && hint_.aligned)) fail_dumb();
  if (!heard_anything_) {
    fail(AIR_ERROR_NO_ANSWER,
         "Invalid firmware - {}: the target is silent; {}, and not still computing for a former client?",
         channel_.name(),
         channel_.kind() == Channel::Kind::kTcp
             ? "is it a target that listens there, with the aiValidation firmware behind it"
             : "is it flashed with the aiValidation firmware, running, at this baud rate (STM32N6 boards: 921600)");
  }
  fail(AIR_ERROR_PROTOCOL, "Invalid firmware - {}: it answers{}, but not in the aiValidation protocol: \"{}\"",
       channel_.name(), manner, sample_);
}

std::optional<Flavour> Resync::search() {
  if (!hint_.flavour) {
    if (const auto found = try_fast()) return found;
    // Zeros for more than the largest packet went by without a sign: nobody is listening, or a program that the machine has no time for.
    if (stages(channel_.kind()) && !heard_anything_ && !fill(kLateSign)) return std::nullopt;
  } else {
    const Framing framing{*hint_.flavour, hint_.payload};
    aligned_ = hint_.aligned;
    if (settle(framing, ask(framing))) return hint_.flavour;
  }
  // Nothing but asking is safe for a target whose memory is being written.
  if (!hint_.may_fill) return std::nullopt;
  for (uint32_t round = 0; round < kRounds && !expired(); ++round) {
    drain();
    if (const auto found = probe()) return found;
    if ((ignores_zeros_ && round > 0) || swallowed_) break;
    if (!heard_anything_ && Interrupt::Clock::now() > silent_until_) break;
  }
  return std::nullopt;
}

// What else may end a message that is not completed: a break on the line, and a silence that is long enough for a target with a limit.
std::optional<Flavour> Resync::try_last() {
  if (!heard_anything_ || !hint_.may_fill || expired()) return std::nullopt;
  log_.write(AIR_LOG_INFO, "{}: no answer; a break, and a longer silence", channel_.name());
  channel_.send_break();
  drain(kLastDrain, kLongDrain);
  aligned_ = false;
  if (!hint_.flavour) return try_fast();
  const Framing framing = reader_.framing();
  if (settle(framing, ask(framing))) return framing.flavour;
  return std::nullopt;
}

// A target of flavour B answers the request; one of flavour A takes it for an empty packet and asks for the next.
std::optional<Flavour> Resync::try_fast() {
  const Framing framing{Flavour::B, wire::kMinPayload};
  const Heard heard = ask(framing);
  switch (heard) {
    case Heard::kAnswer:
    case Heard::kMessage:
      if (settle(framing, heard)) return Flavour::B;
      return std::nullopt;
    case Heard::kSync:
      return try_flavour_a();
    case Heard::kSilence:
      if (stages(channel_.kind()) || hint_.left_at != 0) return try_larger_packets();
      return std::nullopt;
    case Heard::kGarbage:
      break;
  }
  return std::nullopt;
}

// One byte of the next packet is with the target already: 32 zeros complete it.
std::optional<Flavour> Resync::try_flavour_a() {
  const Framing framing{Flavour::A, wire::kMinPayload};
  write_zeros(wire::kMinPayload);
  if (listen(kSecondSync) != Heard::kSync) return std::nullopt;
  if (settle(framing, ask(framing))) return Flavour::A;
  return std::nullopt;
}

// A target left at larger packets waits for the rest of one: lengthens the request until it is complete. That may be taken without a word, as an
// acknowledge or as a part of a message; so may the packet behind it, which the request's end is in then. The next one is empty, and asked on.
std::optional<Flavour> Resync::try_larger_packets() {
  const Framing framing{Flavour::B, wire::kMinPayload};
  uint32_t sent = framing.packet_size();
  std::vector<uint32_t> totals = {384, 512, 1024, 2048, 4096};
  if (hint_.left_at != 0) totals.push_back(hint_.left_at + framing.header_size());
  std::sort(totals.begin(), totals.end());
  const uint32_t largest = totals.back();
  totals.insert(totals.end(), {2 * largest, 2 * largest + framing.packet_size()});
  for (const uint32_t total : totals) {
    if (total <= sent) continue;
    write_zeros(total - sent);
    sent = total;
    const Heard heard = listen(kStageReply);
    if (heard == Heard::kSilence) continue;
    drain();
    if (heard == Heard::kAnswer && settle(framing, heard)) return Flavour::B;
    return std::nullopt;
  }
  return std::nullopt;
}

// Zeros complete any packet and are empty packets themselves: the distance of two sync bytes is the size of a packet.
std::optional<Flavour> Resync::probe() {
  const auto size = measure_packet();
  if (!size) return std::nullopt;
  const Framing framing = *size == kPacketA ? Framing{Flavour::A, wire::kMinPayload} : Framing{Flavour::B, *size - 2};
  log_.write(AIR_LOG_DEBUG, "{}: packets of {} bytes", channel_.name(), *size);
  aligned_ = framing.valid();
  if (aligned_ && settle(framing, ask(framing))) return framing.flavour;
  return std::nullopt;
}

// Ends at the begin of a packet. A reply that comes later than was counted with spoils the measure: it is noticed, and the next attempt
// waits longer.
std::optional<uint32_t> Resync::measure_packet() {
  const bool may_be_large = stages(channel_.kind()) || hint_.left_at != 0;
  if (send_zeros_until_sync(1, may_be_large ? kPatientZeros : kZerosUart)) {
    drain();
    zero_wait_ *= 2;
    write_zeros(kPacketA - 1);
    if (listen(kStaleReply) != Heard::kSilence) return std::nullopt;
    for (const uint32_t size : {kPacketA, kPacketB}) {
      write_zeros(1);
      if (listen(kSecondSync) == Heard::kSync) return size;
    }
  }
  return may_be_large && !heard_message_ ? measure_large_packet() : std::nullopt;
}

// First in blocks, which tells the size to a block on either side, then the last bytes one by one.
std::optional<uint32_t> Resync::measure_large_packet() {
  if (!send_zeros_until_sync(kBlock, kZerosAny)) {
    ignores_zeros_ = !heard_message_;
    return std::nullopt;
  }
  const auto about = send_zeros_until_sync(kBlock, kZerosAny);
  if (!about) return std::nullopt;
  write_zeros(*about - std::min(*about, 2 * kBlock));
  if (!send_zeros_until_sync(1, 4 * kBlock)) return std::nullopt;
  const uint32_t at_least = *about - std::min(*about, kBlock);
  write_zeros(at_least);
  const auto rest = send_zeros_until_sync(1, 3 * kBlock);
  if (!rest || !is_packet(at_least + *rest)) return std::nullopt;
  return at_least + *rest;
}

// The last byte of a packet, and no other, brings a sync byte.
bool Resync::is_packet(uint32_t size) {
  write_zeros(size - 1);
  if (listen(kStaleReply) != Heard::kSilence) return false;
  write_zeros(1);
  return listen(kSecondSync) == Heard::kSync;
}

// Returns how many it took; nothing when `most` brought no sync byte, or something else.
std::optional<uint32_t> Resync::send_zeros_until_sync(uint32_t block, uint32_t most) {
  heard_message_ = false;
  for (uint32_t n = block; n <= most && !expired(); n += block) {
    write_zeros(block);
    if (!fill(zero_wait_)) continue;
    if (rx_.size() == 1 && rx_.front() == wire::kSync) return n;
    heard_message_ = true;
    drain();  // the target had taken the zeros for the end of a message, and replies
    return std::nullopt;
  }
  return std::nullopt;
}

// The target is aligned but may be within a command or a long message: `heard` is what it said to the first request.
// Only the second answer in a row counts: the first one may belong to a former client's request of the same number, or to a packet that
// bytes of a former client began, and then the rest of ours is still with the target.
bool Resync::settle(Framing framing, Heard heard) {
  uint32_t silent = 0;
  bool answered = false;
  for (uint32_t attempt = 0; attempt < kAttempts && !expired(); ++attempt) {
    silent = heard == Heard::kSilence ? silent + 1 : 0;
    heard = hear_out(framing, heard);
    if (heard == Heard::kAnswer && answered) return true;
    if (silent == kSilentAttempts || heard == Heard::kSync) return false;
    if (heard == Heard::kGarbage) drain();
    answered = heard == Heard::kAnswer;
    if (answered) framing.payload = wire::kMinPayload;  // SYNC ends larger packets
    heard = ask(framing, answered ? kNextSyncReply : kSyncReply);
  }
  return false;
}

// Follows a stale command until it falls silent or the answer comes.
Resync::Heard Resync::hear_out(Framing framing, Heard heard) {
  while (!expired()) {
    if (heard == Heard::kSync && hint_.may_fill && aligned_ && !swallowed_) {
      heard = complete_message(framing);
    } else if (heard == Heard::kMessage) {
      answer_stale(framing);
      // Answers to requests before the last one: those of a slow target come one after the other.
      heard = listen(response_.payload == wire::Payload::Sync ? kNextSyncReply : kStaleReply);
    } else {
      break;
    }
  }
  return heard;
}

Resync::Heard Resync::complete_message(Framing framing) {
  std::vector<std::byte> packet(framing.packet_size());
  packet[framing.header_size() - 1] = static_cast<std::byte>(framing.payload & 0xFF);
  if (framing.flavour == Flavour::B) packet[0] = static_cast<std::byte>(framing.payload >> 8);
  Heard heard = Heard::kSync;
  while (heard == Heard::kSync && aligned_ && !swallowed_) {
    write(packet);
    ++fillers_;
    filled_ += framing.payload;
    heard = listen(kSyncReply);
    // Several for one packet: the target has smaller ones by now, as after a SYNC that it only came to later.
    if (heard == Heard::kSync && !rx_.empty()) aligned_ = false;
    const bool enough = fillers_ == kMostFillers || Interrupt::Clock::now() >= fill_until_;
    swallowed_ = heard == Heard::kSync && enough;
  }
  return heard;
}

void Resync::answer_stale(Framing framing) {
  log_.write(AIR_LOG_DEBUG, "{}: still in an older command ({}, state {})", channel_.name(),
             wire::payload_name(response_.payload), response_.state);
  if (!wants_ack(response_)) return;
  wire::PacketWriter writer;
  writer.start(framing, wire::Direction::HostToTarget, wire::encode(wire::Ack{}, head_));
  write(writer.next());
}

// Sends SYNC in one packet and listens.
Resync::Heard Resync::ask(Framing framing, uint32_t limit_ms) {
  id_ = id_ % kSyncIds + 1;
  wire::PacketWriter writer;
  const wire::Request request{.reqid = id_, .cmd = wire::kCmdSync};
  writer.start(framing, wire::Direction::HostToTarget, wire::encode(request, head_));
  rx_ = {};
  reader_.reset(framing);
  write(writer.next());
  return listen(limit_ms);
}

// One message, one sync byte, or what else comes; silence when nothing comes in time.
Resync::Heard Resync::listen(uint32_t limit_ms) {
  if (rx_.empty() && !fill(limit_ms)) return Heard::kSilence;
  if (rx_.front() == wire::kSync) {
    rx_ = rx_.subspan(1);
    return Heard::kSync;
  }
  if (reader_.framing().payload > wire::kMinPayload && hear_small_answer()) return Heard::kAnswer;
  for (;;) {
    const wire::PacketReader::Fed fed = reader_.feed(rx_);
    rx_ = rx_.subspan(fed.used);
    if (fed.step == wire::PacketReader::Step::Message) return classify(reader_.message(), reader_.framing().flavour);
    if (fed.step == wire::PacketReader::Step::Error || !fill(kStaleReply)) return Heard::kGarbage;
  }
}

// A target at larger packets goes back to 32 bytes before it answers SYNC, but goes on with its own size otherwise.
bool Resync::hear_small_answer() {
  const Framing framing{reader_.framing().flavour, wire::kMinPayload};
  while (rx_.size() < framing.packet_size()) {
    const size_t before = rx_.size();
    fill(kStaleReply, before);
    if (rx_.size() == before) break;
  }
  wire::PacketReader reader(framing);
  const wire::PacketReader::Fed fed = reader.feed(rx_);
  return fed.step == wire::PacketReader::Step::Message && classify(reader.message(), framing.flavour) == Heard::kAnswer;
}

Resync::Heard Resync::classify(wire::Bytes message, Flavour flavour) {
  if (decoder_.decode(message, flavour, response_) != wire::DecodeStatus::Ok) return Heard::kGarbage;
  if (response_.payload == wire::Payload::None) return Heard::kGarbage;
  const bool is_answer = response_.payload == wire::Payload::Sync && response_.reqid == id_;
  return is_answer ? Heard::kAnswer : Heard::kMessage;
}

// Bytes do not pass as they are, even where some seem to.
void Resync::fail_telnet() const {
  fail(AIR_ERROR_PROTOCOL, "{0} speaks telnet, as the serial ports of ser2net and labgrid do: connect to rfc2217:{0}",
       channel_.name());
}

// More bytes behind the `keep` ones not looked at yet.
bool Resync::fill(uint32_t limit_ms, size_t keep) {
  std::copy_n(rx_.begin(), keep, buffer_.begin());
  const size_t n = channel_.read(std::span(buffer_).subspan(keep), limit_ms);
  rx_ = wire::Bytes(buffer_).first(keep + n);
  if (!heard_anything_ && channel_.kind() == Channel::Kind::kTcp && Telnet::is_spoken_in(rx_)) fail_telnet();
  heard_anything_ = heard_anything_ || n > 0;
  for (const std::byte byte : rx_.subspan(keep)) {
    if (sample_.size() == kSampleSize) break;
    const char c = static_cast<char>(byte);
    if (byte != wire::kSync) sample_ += c >= ' ' && c <= '~' ? c : '.';
  }
  return n > 0;
}

// Drops what comes until it is quiet.
void Resync::drain(uint32_t limit_ms, uint32_t quiet_ms) {
  const auto end = Interrupt::Clock::now() + std::chrono::milliseconds(limit_ms);
  while (fill(quiet_ms) && Interrupt::Clock::now() < end) {
  }
  rx_ = {};
}

void Resync::write(wire::Bytes bytes) {
  channel_.write(bytes, limits_.write);
}

void Resync::write_zeros(uint32_t count) {
  constexpr std::array<std::byte, wire::kMaxPacket> kZeros{};
  rx_ = {};
  reader_.reset(reader_.framing());
  write(wire::Bytes(kZeros).first(count));
}

bool Resync::expired() const {
  return Interrupt::Clock::now() >= deadline_;
}

}  // namespace air::aivalidation
