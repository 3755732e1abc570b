// SPDX-License-Identifier: BSD-3-Clause
// Reads memory that a library points to without trusting the pointer.
#include "platform/machine/peek.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "common/error.h"
#include "common/utf8.h"
#include "platform/machine/peek_copy.h"

namespace air {

void peek_bytes(void *to, const void *from, size_t size, std::string_view what) {
  if (from == nullptr) fail(AIR_ERROR_INVALID_MODEL, "{}: NULL, expected {} bytes", what, size);
  if (!copy_from(to, from, size)) {
    fail(AIR_ERROR_INVALID_MODEL, "{}: {} bytes expected at {}, which cannot be read: the library is damaged", what,
         size, from);
  }
}

void poke_bytes(void *to, const void *from, size_t size, std::string_view what) {
  if (!copy_to(to, from, size)) {
    fail(AIR_ERROR_INVALID_MODEL, "{}: {} bytes at {} cannot be written: the library is damaged", what, size, to);
  }
}

std::string peek_text(const char *text, std::string_view what) {
  if (text == nullptr) return {};
  constexpr size_t kMaxText = 4096;
  constexpr size_t kChunk = 64;  // divides every page size, so that a chunk never crosses into the next page
  std::string result;
  while (result.size() < kMaxText) {
    std::array<char, kChunk> chunk;
    const char *at = text + result.size();
    const size_t size = kChunk - reinterpret_cast<uintptr_t>(at) % kChunk;
    if (!copy_from(chunk.data(), at, size)) {
      fail(AIR_ERROR_INVALID_MODEL, "{}: a text at {} cannot be read: the library is damaged", what,
           static_cast<const void *>(text));
    }
    const auto *end = static_cast<const char *>(std::memchr(chunk.data(), 0, size));
    result.append(chunk.data(), end == nullptr ? size : static_cast<size_t>(end - chunk.data()));
    if (end != nullptr) return printable(result);
  }
  fail(AIR_ERROR_INVALID_MODEL, "{}: a text does not end within {} bytes: the library is damaged", what, kMaxText);
}

}  // namespace air
