// SPDX-License-Identifier: BSD-3-Clause
// Bytes one after the other: of a file, or of a member of an archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace air {

using Bytes = std::vector<unsigned char>;

// Throw Error, AIR_ERROR_INVALID_INPUT.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual uint64_t n_left() const = 0;  // as the file says, which may be a lie
  virtual void read(unsigned char *to, size_t size) = 0;
  virtual void skip(uint64_t size) = 0;
  virtual void expect_intact() {}  // all has been read: is it what was written?
};

// Reads to a block that grows with what really comes, not with what was promised.
Bytes read_block(Reader &reader, uint64_t size);

}  // namespace air
