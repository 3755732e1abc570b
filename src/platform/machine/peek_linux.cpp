// SPDX-License-Identifier: BSD-3-Clause
// Reads memory that a library points to without trusting the pointer. The kernel does the copy, so that a bad address is an error.
#include "platform/machine/peek.h"

#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "common/error.h"
#include "common/utf8.h"

namespace air {
namespace {

constexpr size_t kMaxText = 4096;
constexpr uintptr_t kFirstPage = 4096;

using Transfer = ssize_t (*)(pid_t, const iovec *, unsigned long, const iovec *, unsigned long, unsigned long);

// Copies between `own` and `other`, which is not trusted. Where the kernel forbids it (some sandboxes), only plainly wrong addresses are
// found, and the caller has to copy by itself: `forbidden` is set.
bool transfer(Transfer function, void *own, const void *other, size_t size, bool &forbidden) noexcept {
  const auto address = reinterpret_cast<uintptr_t>(other);
  if (address < kFirstPage || address + size < address) return false;
  const iovec local{own, size};
  const iovec remote{const_cast<void *>(other), size};
  const ssize_t copied = function(getpid(), &local, 1, &remote, 1, 0);
  forbidden = copied < 0 && (errno == ENOSYS || errno == EPERM);
  return forbidden || (copied >= 0 && static_cast<size_t>(copied) == size);
}

bool copy_from(void *to, const void *from, size_t size) noexcept {
  bool forbidden = false;
  const bool done = transfer(&process_vm_readv, to, from, size, forbidden);
  if (forbidden) std::memcpy(to, from, size);
  return done;
}

bool copy_to(void *to, const void *from, size_t size) noexcept {
  bool forbidden = false;
  const bool done = transfer(&process_vm_writev, const_cast<void *>(from), to, size, forbidden);
  if (forbidden) std::memcpy(to, from, size);
  return done;
}

// Calls `probe` with one address of each page of the range: one byte tells all of its page.
template <class Probe>
bool all_pages(const void *address, size_t size, Probe probe) noexcept {
  const auto first = reinterpret_cast<uintptr_t>(address);
  if (first < kFirstPage || first + size < first) return false;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (uintptr_t at = first; at < first + size; at = (at / page + 1) * page) {
    if (!probe(reinterpret_cast<void *>(at))) return false;
  }
  return true;
}

}  // namespace

bool readable(const void *address, size_t size) noexcept {
  return all_pages(address, size, [](const void *at) {
    char byte = 0;
    return copy_from(&byte, at, 1);
  });
}

bool writable(void *address, size_t size) noexcept {
  return all_pages(address, size, [](void *at) {
    char byte = 0;
    return copy_from(&byte, at, 1) && copy_to(at, &byte, 1);
  });
}

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
