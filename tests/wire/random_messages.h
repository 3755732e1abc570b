// SPDX-License-Identifier: BSD-3-Clause
// Random messages of every kind, for round trips.
#pragma once

#include <random>
#include <vector>

#include "bytes.h"
#include "wire/messages.h"

namespace air::wire {

class RandomMessages {
 public:
  explicit RandomMessages(uint32_t seed) : engine_(seed) {}

  Request request();
  Ack ack() { return {word(), word()}; }
  // `datas` refer to memory of this object, valid until the next call.
  Data data();
  Buffer2x buffer2x();
  // Any payload; flavour A has no com_param.
  Response response(Payload payload, Flavour flavour);

 private:
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(engine_() % limit); }
  bool chance() { return below(2) != 0; }
  // Small, middle and full-range values, so that varints of every length occur.
  uint32_t word();
  uint64_t long_word() { return uint64_t{word()} << 32 | word(); }
  float number() { return static_cast<float>(static_cast<int32_t>(word())) / 1024; }
  std::string name(size_t limit);
  std::vector<uint32_t> words(uint32_t limit);
  Bytes datas();
  TensorDesc desc();
  std::vector<TensorDesc> descs();
  BufferShape shape();
  std::vector<BufferShape> shapes();
  ModelInfo minfo();
  NetworkInfo ninfo();

  std::mt19937 engine_;
  Buffer memory_;
};

// Whether two messages have the same contents, the bytes of their data included.
bool equal(const Data &a, const Data &b);
bool equal(const Buffer2x &a, const Buffer2x &b);
bool equal(const Response &a, const Response &b);

}  // namespace air::wire
