// SPDX-License-Identifier: BSD-3-Clause
// The link to a target: whole messages over a channel, and whether both ends agree on where a message begins.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "aivalidation/channel/channel.h"
#include "aivalidation/link/limits.h"
#include "aivalidation/link/resync.h"
#include "plugin/log.h"
#include "wire/decode.h"
#include "wire/link.h"
#include "wire/messages.h"
#include "wire/packet_reader.h"

namespace air::aivalidation {

// How long to wait, and for what: the words follow "while ".
struct Wait {
  uint32_t limit_ms;
  const char *doing;
};

class Link {
 public:
  // Counted since construction.
  struct Traffic {
    uint64_t bytes_sent = 0;
    uint64_t bytes_received = 0;
    uint64_t packets = 0;
    uint64_t turnarounds = 0;  // waits for the target after something was sent
  };

  Link(std::unique_ptr<Channel> channel, const Limits &limits, const HostLog &log);

  // Brings the target to idle with packets of 32 bytes, whatever its state, and learns the flavour. Larger packets have to be agreed on
  // again afterwards.
  wire::Sync synchronise(uint32_t left_at, bool may_fill);
  // Both ends use packets of this payload from now on.
  void set_payload(uint32_t payload);
  // Uses this flavour without looking for it.
  void set_flavour(wire::Flavour flavour);

  // So many packets go out at a time, before the target has asked for them. Only for one that buffers them.
  void send_ahead_of_syncs(uint32_t packets);

  // Sends one message, waiting for the target between packets.
  void send(wire::Scatter message, const char *doing);
  // The next message of the target. Valid until the next call.
  const wire::Response &receive(const Wait &wait);

  // Between two commands. False while a command is under way, and after one that did not end: synchronise() first.
  bool synchronised() const { return synchronised_; }
  void set_synchronised(bool synchronised) { synchronised_ = synchronised; }
  // Nothing has arrived that nobody asked for, such as the text that a board prints after a reset.
  bool is_quiet() { return at_rest() && read(0) == 0; }
  // The same, as far as it has been read.
  bool at_rest() const { return rx_.empty() && reader_.at_rest(); }

  // Number for the next request.
  uint32_t next_request_id();

  // Most bytes that a message may have.
  void set_message_limit(size_t bytes) { reader_.set_limit(bytes); }
  const char *doing() const { return doing_; }
  wire::Framing framing() const { return framing_; }
  bool flavour_known() const { return flavour_known_; }
  const std::string &name() const { return channel_->name(); }
  Traffic traffic() const;

 private:
  void send_in_step();
  void send_ahead();
  void write(wire::Bytes packets);
  void await_syncs(size_t count);
  size_t read(uint32_t limit_ms);
  [[noreturn]] void fail_timeout(uint32_t limit_ms) const;
  [[noreturn]] void fail_protocol(const std::string &what) const;

  std::unique_ptr<Channel> channel_;
  const Limits &limits_;
  const HostLog &log_;
  wire::Framing framing_;
  bool flavour_known_ = false;
  bool aligned_ = false;  // was synchronised once: both ends know where a packet begins
  bool synchronised_ = false;
  bool answer_due_ = false;  // the target has all it needs and will say something
  bool just_sent_ = false;
  uint32_t request_id_ = 0;
  const char *doing_ = "connecting";
  Traffic traffic_;
  wire::PacketWriter writer_;
  size_t n_ahead_ = 0;
  std::vector<std::byte> ahead_;  // packets sent at a time; empty: one by one
  wire::PacketReader reader_;
  wire::Decoder decoder_;
  wire::Response response_;
  std::array<std::byte, size_t{64} * 1024> buffer_;
  wire::Bytes rx_;  // what of buffer_ is not looked at yet
};

}  // namespace air::aivalidation
