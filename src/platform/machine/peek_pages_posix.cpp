// SPDX-License-Identifier: BSD-3-Clause
// Whether memory can be used, by one byte of each page.
#include <unistd.h>

#include <cstdint>

#include "platform/machine/peek.h"
#include "platform/machine/peek_copy.h"

namespace air {
namespace {

// Calls `probe` with one address of each page of the range: one byte tells all of its page.
template <class Probe>
bool all_pages(const void *address, size_t size, Probe probe) noexcept {
  const auto first = reinterpret_cast<uintptr_t>(address);
  if (first == 0 || first + size < first) return false;
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

}  // namespace air
