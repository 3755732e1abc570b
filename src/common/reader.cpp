// SPDX-License-Identifier: BSD-3-Clause
// Bytes one after the other: of a file, or of a member of an archive.
#include "common/reader.h"

#include <algorithm>

#include "common/memory_size.h"

namespace air {

Bytes read_block(Reader &reader, uint64_t size) {
  constexpr size_t step = size_t{1} << 20;
  Bytes bytes;
  bytes.reserve(memory_size(size));  // of addresses, not of memory
  while (bytes.size() < size) {
    const size_t before = bytes.size();
    bytes.resize(before + std::min<uint64_t>(step, size - before));
    reader.read(bytes.data() + before, bytes.size() - before);
  }
  return bytes;
}

}  // namespace air
