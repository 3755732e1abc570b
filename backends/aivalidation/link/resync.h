// SPDX-License-Identifier: BSD-3-Clause
// Finds out the flavour of a link and brings a target of unknown state back to idle at the start of a message, with packets of 32 bytes.
//
// Only what cannot harm a firmware is sent: SYNC requests with ids below 128, zeros, and full packets of zeros where a message is
// known to be incomplete.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aivalidation/channel/channel.h"
#include "aivalidation/link/limits.h"
#include "wire/decode.h"
#include "wire/link.h"
#include "wire/messages.h"
#include "wire/packet_reader.h"

namespace air::aivalidation {

class Resync {
 public:
  // What is known before.
  struct Hint {
    std::optional<wire::Flavour> flavour;
    uint32_t payload = wire::kMinPayload;  // size of packets, with a flavour
    uint32_t left_at = 0;     // payload size that a former client may have left the target at, 0: not known
    bool aligned = false;     // this host itself was interrupted between two packets of the known form
    bool answer_due = false;  // the target was computing when the host turned away: hear it out first
    bool may_fill = true;     // a message may be completed with zeros; not within a memory write
  };

  struct Found {
    wire::Flavour flavour;
    wire::Sync sync;
  };

  Resync(Channel &channel, const Limits &limits, const HostLog &log);

  // Throws AIR_ERROR_NO_ANSWER, AIR_ERROR_PROTOCOL, AIR_ERROR_LINK_LOST.
  Found run(const Hint &hint);

 private:
  // Milliseconds.
  static constexpr uint32_t kLongestDrain = 1'000;
  static constexpr uint32_t kSyncReply = 250;
  static constexpr uint32_t kQuiet = 30;  // silence that ends whatever was under way

  enum class Heard { kSilence, kSync, kAnswer, kMessage, kGarbage };

  std::optional<wire::Flavour> search();
  std::optional<wire::Flavour> try_fast();
  std::optional<wire::Flavour> try_flavour_a();
  std::optional<wire::Flavour> try_larger_packets();
  std::optional<wire::Flavour> probe();
  bool settle(wire::Framing framing, Heard heard);
  Heard ask(wire::Framing framing, uint32_t limit_ms = kSyncReply);
  Heard complete_message(wire::Framing framing);
  std::optional<wire::Flavour> try_last();
  Heard hear_out(wire::Framing framing, Heard heard);
  void answer_stale(wire::Framing framing);
  std::optional<uint32_t> measure_packet();
  std::optional<uint32_t> measure_large_packet();
  bool is_packet(uint32_t size);
  std::optional<uint32_t> send_zeros_until_sync(uint32_t block, uint32_t most);

  Heard listen(uint32_t limit_ms);
  Heard classify(wire::Bytes message, wire::Flavour flavour);
  bool hear_small_answer();
  bool fill(uint32_t limit_ms, size_t keep = 0);
  void drain(uint32_t limit_ms = kLongestDrain, uint32_t quiet_ms = kQuiet);
  void write(wire::Bytes bytes);
  void write_zeros(uint32_t count);
  bool expired() const;
  [[noreturn]] void give_up(const char *manner) const;
  [[noreturn]] void fail_dumb() const;
  [[noreturn]] void fail_telnet() const;

  Channel &channel_;
  const Limits &limits_;
  const HostLog &log_;
  Hint hint_;
  Interrupt::Clock::time_point deadline_, fill_until_, silent_until_;
  uint32_t id_ = 0;
  uint32_t zero_wait_ = 8;  // ms, for the reply to a zero
  bool aligned_ = false;    // the ends of packets are known for certain: full packets may be sent
  wire::PacketReader reader_;
  wire::Decoder decoder_;
  wire::Response response_;
  std::vector<std::byte> buffer_;
  std::vector<std::byte> head_;  // encoded message
  wire::Bytes rx_;               // what of buffer_ is not looked at yet
  bool heard_anything_ = false;
  bool heard_message_ = false;  // zeros brought something else than a sync byte
  bool ignores_zeros_ = false;  // more zeros than any packet takes brought nothing
  std::string sample_;          // the first bytes heard, for people
  uint32_t fillers_ = 0;        // packets of zeros sent to complete a message
  uint64_t filled_ = 0;         // bytes of them
  bool swallowed_ = false;      // more of them would end no message either
};

}  // namespace air::aivalidation
