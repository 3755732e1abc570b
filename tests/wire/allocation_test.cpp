// SPDX-License-Identifier: BSD-3-Clause
// In steady state a message takes no memory: not for its packets, not for its description.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "bytes.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/host_message_reader.h"
#include "wire/packet_reader.h"

namespace {

std::atomic<size_t> n_allocations = 0;

}  // namespace

void *operator new(size_t n) {
  ++n_allocations;
  if (void *memory = std::malloc(n != 0 ? n : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept {
  std::free(memory);
}
void operator delete(void *memory, size_t) noexcept {
  std::free(memory);
}

namespace air::wire {
namespace {

constexpr Framing kFraming{Flavour::B, 32};

// Both ends of the link and what they keep from message to message.
struct Ends {
  Buffer head;
  PacketWriter writer;
  PacketReader reader{kFraming};
  Decoder decoder;
  Response received;
  HostMessageReader target{kFraming};
  DataReceiver receiver;
  Buffer place = Buffer(100000);

  void down(const Response &message) {
    for (writer.start(kFraming, Direction::TargetToHost, encode(message, Flavour::B, head)); !writer.done();) {
      if (reader.feed(writer.next()).step == PacketReader::Step::Message) {
        CHECK(decoder.decode(reader.message(), Flavour::B, received) == DecodeStatus::Ok);
      }
    }
  }

  void up(const Data &message) {
    receiver.start(place);
    for (writer.start(kFraming, Direction::HostToTarget, encode(message, head)); !writer.done();) {
      Bytes packet = writer.next();
      for (;;) {
        const HostMessageReader::Fed fed = target.feed(packet);
        packet = packet.subspan(fed.used);
        if (fed.step == HostMessageReader::Step::Fragment) receiver.add(fed.fragment);
        if (fed.step == HostMessageReader::Step::NeedBytes) break;
      }
    }
    CHECK(receiver.valid());
  }
};

}  // namespace

TEST_CASE("the second exchange of a tensor and of a node allocates nothing") {
  const Buffer datas = pattern(100000);
  Response tensor;
  tensor.payload = Payload::Tensor;
  tensor.tensor.desc = {std::string(40, 't'), 0x840440, 100000, 0x02000004, {1, 10, 100, 100}, 0.5f, 3, 16,
                        kTensorLast};
  tensor.tensor.data = {0, 100000, 0, datas};
  Response node;
  node.payload = Payload::Operator;
  node.op = {std::string(40, 'n'), 1, 2, 3, 0, {1, 2, 3, 4}, -1, -1};
  Ends ends;
  ends.reader.set_limit(200000);
  size_t n_before = 0;
  for (int round = 0; round < 2; ++round) {
    n_before = n_allocations;
    ends.down(tensor);
    ends.down(node);
    ends.up(tensor.tensor.data);
  }
  CHECK(n_allocations == n_before);
  CHECK(ends.received.op == node.op);
  CHECK(ends.receiver.received() == 100000);
}

}  // namespace air::wire
