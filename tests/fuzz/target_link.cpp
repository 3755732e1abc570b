// SPDX-License-Identifier: BSD-3-Clause
// Fuzz target: what a target reads from the link, as requests, acknowledges and tensor data by turns.
#include <algorithm>
#include <array>
#include <vector>

#include "fuzz_target.h"
#include "link_input.h"
#include "wire/decode.h"
#include "wire/host_message_reader.h"

using namespace air::wire;

namespace {

using Step = HostMessageReader::Step;

struct Seen {
  uint64_t syncs = 0;
  uint64_t messages = 0;
  uint64_t data_bytes = 0;
  uint64_t requests = 0;
  bool bad_header = false;

  bool operator==(const Seen &) const = default;
};

// A target that expects a request, an acknowledge and data in turn, and believes in all three at once.
class Target {
 public:
  explicit Target(Framing framing) : reader_(framing) { start(); }

  void read(Bytes piece) {
    for (;;) {
      const HostMessageReader::Fed fed = reader_.feed(piece);
      require(fed.used <= piece.size(), "no more is taken than offered");
      piece = piece.subspan(fed.used);
      handle(fed);
      if (fed.step == Step::BadHeader) return;
      if (fed.step != Step::NeedBytes) continue;
      require(piece.empty(), "all is taken when more is needed");
      require(reader_.missing() != 0 && reader_.missing() <= reader_.framing().packet_size(), "missing bytes are told");
      return;
    }
  }

  const Seen &seen() const { return seen_; }

 private:
  void start() {
    collector_.clear();
    receiver_.start(place_);
  }

  void handle(const HostMessageReader::Fed &fed) {
    if (fed.step == Step::Fragment) {
      require(!fed.fragment.empty(), "a fragment has bytes");
      collector_.add(fed.fragment);
      receiver_.add(fed.fragment);
    } else if (fed.step == Step::SendSync) {
      ++seen_.syncs;
    } else if (fed.step == Step::End) {
      ++seen_.messages;
      if (receiver_.valid()) seen_.data_bytes += receiver_.received();
      Request request;
      Ack ack;
      if (decoder_.decode(collector_.message(), request) == DecodeStatus::Ok) ++seen_.requests;
      decoder_.decode(collector_.message(), ack);
    }
    seen_.bad_header = fed.step == Step::BadHeader;
    if (fed.step == Step::End || fed.step == Step::BadDelimiter) start();
  }

  HostMessageReader reader_;
  MessageCollector collector_;
  DataReceiver receiver_;
  Decoder decoder_;
  std::array<std::byte, 64> place_{};
  Seen seen_;
};

Seen read_all(const LinkInput &input, size_t chunk) {
  Target target(input.framing);
  for (size_t at = 0; at < input.bytes.size() && !target.seen().bad_header; at += chunk) {
    target.read(input.bytes.subspan(at, std::min(chunk, input.bytes.size() - at)));
  }
  return target.seen();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  LinkInput input;
  if (!split_link_input(data, size, input)) return 0;
  const Seen whole = read_all(input, input.bytes.size() + 1);
  require(whole == read_all(input, input.chunk), "chunks do not matter");
  const uint64_t packets = input.bytes.size() / input.framing.packet_size();
  require(whole.syncs + whole.messages <= packets, "a packet ends in one sync or one message at most");
  return 0;
}
