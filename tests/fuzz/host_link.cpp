// SPDX-License-Identifier: BSD-3-Clause
// Fuzz target: what a host reads from the link, in packets, and what it makes of the messages in them.
#include <algorithm>
#include <vector>

#include "fuzz_target.h"
#include "link_input.h"
#include "use_response.h"
#include "wire/decode.h"
#include "wire/packet_reader.h"

using namespace air::wire;

namespace {

constexpr size_t kLimit = 16 * 1024;

struct Seen {
  std::vector<std::vector<std::byte>> messages;
  LinkError error = LinkError::None;
};

Seen read_all(Framing framing, Bytes bytes, size_t chunk) {
  PacketReader reader(framing);
  reader.set_limit(kLimit);
  Seen seen;
  while (!bytes.empty()) {
    Bytes piece = bytes.first(std::min(chunk, bytes.size()));
    bytes = bytes.subspan(piece.size());
    while (!piece.empty()) {
      const PacketReader::Fed fed = reader.feed(piece);
      require(fed.used <= piece.size(), "no more is taken than offered");
      piece = piece.subspan(fed.used);
      require(reader.message().size() <= kLimit, "the limit holds");
      require(reader.missing() <= framing.packet_size(), "at most a packet is missing");
      if (fed.step == PacketReader::Step::Message) {
        seen.messages.emplace_back(reader.message().begin(), reader.message().end());
      } else if (fed.step == PacketReader::Step::Error) {
        seen.error = reader.error();
        return seen;
      } else {
        require(piece.empty(), "all is taken when more is needed");
      }
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  LinkInput input;
  if (!split_link_input(data, size, input)) return 0;
  const Seen seen = read_all(input.framing, input.bytes, input.bytes.size());
  const Seen chopped = read_all(input.framing, input.bytes, input.chunk);
  require(seen.messages == chopped.messages && seen.error == chopped.error, "chunks do not matter");
  Decoder decoder;
  Response response;
  for (const std::vector<std::byte> &message : seen.messages) {
    if (decoder.decode(message, input.framing.flavour, response) != DecodeStatus::Ok) continue;
    use_response(response);
    check_round_trip(decoder, response, input.framing.flavour);
  }
  return 0;
}
