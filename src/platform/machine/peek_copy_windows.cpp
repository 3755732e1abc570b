// SPDX-License-Identifier: BSD-3-Clause
// Memory that a library points to, without trusting the pointer. Windows does the copy, so that a bad address is an error.
#include <windows.h>

#include "platform/machine/peek.h"
#include "platform/machine/peek_copy.h"

namespace air {
namespace {

// Whether all pages of a range are there and may be used in one of these ways.
bool is_allowed(const void *address, size_t size, DWORD ways) noexcept {
  const auto first = reinterpret_cast<uintptr_t>(address);
  if (first == 0 || first + size < first) return false;
  for (uintptr_t at = first; at < first + size;) {
    MEMORY_BASIC_INFORMATION region{};
    if (VirtualQuery(reinterpret_cast<const void *>(at), &region, sizeof(region)) == 0) return false;
    const bool guarded = (region.Protect & (PAGE_GUARD | PAGE_NOACCESS)) != 0;
    if (region.State != MEM_COMMIT || guarded || (region.Protect & ways) == 0) return false;
    at = reinterpret_cast<uintptr_t>(region.BaseAddress) + region.RegionSize;
  }
  return true;
}

constexpr DWORD kWritable = PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
constexpr DWORD kReadable = kWritable | PAGE_READONLY | PAGE_EXECUTE_READ;

}  // namespace

// Asked before, because not every Windows (Wine) looks at the protection of pages when it copies.
bool copy_from(void *to, const void *from, size_t size) noexcept {
  SIZE_T n = 0;
  return is_allowed(from, size, kReadable) && ReadProcessMemory(GetCurrentProcess(), from, to, size, &n) != 0 &&
         n == size;
}

// WriteProcessMemory() would also write where the library itself must not.
bool copy_to(void *to, const void *from, size_t size) noexcept {
  SIZE_T n = 0;
  return is_allowed(to, size, kWritable) && WriteProcessMemory(GetCurrentProcess(), to, from, size, &n) != 0 &&
         n == size;
}

bool readable(const void *address, size_t size) noexcept {
  return is_allowed(address, size, kReadable);
}

bool writable(void *address, size_t size) noexcept {
  return is_allowed(address, size, kWritable);
}

}  // namespace air
