// SPDX-License-Identifier: BSD-3-Clause
// How the inputs of the two link targets are laid out: framing, size of the chunks that arrive, bytes of the link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/link.h"

namespace air::wire {

struct LinkInput {
  Framing framing;
  size_t chunk;
  Bytes bytes;
};

// First byte: flavour A (0), B with 32 (1), 382 (2) or 4094 (3) bytes of payload. Second: bytes of a chunk.
inline bool split_link_input(const uint8_t *data, size_t size, LinkInput &out) {
  if (size < 2) return false;
  constexpr Framing framings[] = {{Flavour::A, 32}, {Flavour::B, 32}, {Flavour::B, 382}, {Flavour::B, 4094}};
  out = {framings[data[0] % 4], size_t{data[1]} + 1, std::as_bytes(std::span(data, size)).subspan(2)};
  return true;
}

}  // namespace air::wire
