// SPDX-License-Identifier: BSD-3-Clause
#include <windows.h>

#include <cstring>

#include "platform/libraries/foreign_memory.h"

namespace air {

void free_given(void *memory) noexcept {
  const HMODULE runtime = GetModuleHandleW(L"ucrtbase.dll");
  const FARPROC found = runtime == nullptr ? nullptr : GetProcAddress(runtime, "free");
  if (found == nullptr) return;  // whose it is cannot be told: it stays
  void (*free_it)(void *) = nullptr;
  static_assert(sizeof free_it == sizeof found);
  std::memcpy(&free_it, &found, sizeof found);
  free_it(memory);
}

}  // namespace air
