// SPDX-License-Identifier: BSD-3-Clause
// Fuzz target: one message without packets, by every decoder. First byte: the flavour.
#include "fuzz_target.h"
#include "use_response.h"
#include "wire/decode.h"
#include "wire/host_message_reader.h"

using namespace air::wire;

namespace {

// The streaming decoder of the target and the one that sees the whole message must agree.
void compare_data_decoders(Decoder &decoder, Bytes message) {
  Data data;
  const bool whole = decoder.decode(message, data) == DecodeStatus::Ok;
  std::vector<std::byte> place(message.size());
  DataReceiver receiver;
  receiver.start(place);
  const size_t step = message.size() / 7 + 1;
  for (size_t at = 0; at < message.size(); at += step) {
    receiver.add(message.subspan(at, std::min(step, message.size() - at)));
  }
  require(receiver.valid() == whole, "both decoders of data accept the same messages");
  if (!whole) return;
  require(receiver.type() == data.type && receiver.size() == data.size && receiver.address() == data.addr,
          "both decoders of data find the same fields");
  require(receiver.received() == data.datas.size(), "both decoders of data find the same length");
  require(std::equal(data.datas.begin(), data.datas.end(), place.begin()), "both decoders of data find the same bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const Flavour flavour = data[0] % 2 == 0 ? Flavour::A : Flavour::B;
  const Bytes message = std::as_bytes(std::span(data, size)).subspan(1);
  Decoder decoder;
  Response response;
  if (decoder.decode(message, flavour, response) == DecodeStatus::Ok) {
    use_response(response);
    check_round_trip(decoder, response, flavour);
  }
  Request request;
  Ack ack;
  Buffer2x buffer;
  decoder.decode(message, request);
  decoder.decode(message, ack);
  decoder.decode(message, buffer);
  compare_data_decoders(decoder, message);
  return 0;
}
