// SPDX-License-Identifier: BSD-3-Clause
// The target's side of the conversation: whole messages in and out, with the waits and the sync bytes that belong to them.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "server/faults/faults.h"
#include "server/ports/channel.h"
#include "wire/decode.h"
#include "wire/host_message_reader.h"
#include "wire/link.h"
#include "wire/messages.h"

namespace air::server {

// Thrown where a command cannot go on: the target is idle again.
struct CommandEnded {};

class Exchange {
 public:
  Exchange(Channel &channel, Faults &faults, wire::Flavour flavour);

  // A client has come: idle, smallest packets.
  void begin_client();
  // Takes effect with the next packet in either direction.
  void set_payload(uint32_t payload);

  // Waits for a request; what is none is dropped without a word. Its id goes into every answer.
  const wire::Request &await_request();
  // Waits for the acknowledge of the host. What it says does not matter.
  void await_ack();
  // Waits for an aiDataMsg, its bytes straight into `place`. Returns how many came.
  uint64_t await_data(std::span<std::byte> place);

  // Sends an answer. The caller fills payload, state and the member that belongs to them.
  void send(wire::Response &response);
  void send_ack(uint32_t state, uint32_t param, uint32_t error = wire::kErrorNone);
  void send_error(uint32_t error, uint32_t param) { send_ack(wire::kStateError, param, error); }
  // Sends a log and waits for its acknowledge.
  void log(uint32_t level, std::string_view text, uint32_t state = wire::kStateWaiting);

  // One to fill for send(), so that nothing is allocated in steady state.
  wire::Response &blank(wire::Payload payload, uint32_t state);
  const Faults &faults() const { return faults_; }

 private:
  template <typename Take>
  bool receive(bool is_idle, Take take);
  void fill_input(bool is_idle);
  void drop_input();
  void swallow(uint64_t bytes);
  void send_sync();
  void storm(uint64_t count);
  void transmit(wire::Response &response);
  void transmit_packets(wire::Scatter message);
  void transmit_distorted(wire::Scatter message);

  Channel &channel_;
  Faults &faults_;
  wire::Framing framing_;
  wire::HostMessageReader reader_;
  wire::MessageCollector collector_;
  wire::DataReceiver data_;
  wire::Decoder decoder_;
  wire::PacketWriter writer_;
  wire::Request request_;
  wire::Response response_;
  wire::Response log_;
  std::vector<std::byte> head_;
  std::vector<std::byte> out_;
  std::vector<std::byte> distorted_;
  std::array<std::byte, 8192> in_{};
  wire::Bytes unread_;
  bool mute_ = false;
  bool swallows_ = false;
};

}  // namespace air::server
