// SPDX-License-Identifier: BSD-3-Clause
// Preloaded by the walks: fails chosen allocations of the thread that armed it, made by or for airunner's own modules. What a runtime
// or a host library allocates for itself passes: those abort on their own account.
#include "failing_allocator.h"

#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);
}

namespace {

enum class Module { kNeutral, kOwn, kForeign };

std::atomic<long> g_live{0};
thread_local long t_fail_at = 0;  // 0: not armed
thread_local bool t_sticky = false;
thread_local bool t_deciding = false;
thread_local Injected t_injected = {};

Module module_of(uintptr_t address) {
  dl_find_object found{};
  if (_dl_find_object(reinterpret_cast<void *>(address), &found) != 0) return Module::kNeutral;
  const char *slash = std::strrchr(found.dlfo_link_map->l_name, '/');
  const char *name = slash == nullptr ? found.dlfo_link_map->l_name : slash + 1;
  if (std::strncmp(name, "libairunner", 11) == 0) return Module::kOwn;
  for (const char *foreign : {"libonnxruntime", "libLiteRt", "libai_"}) {
    if (std::strncmp(name, foreign, std::strlen(foreign)) == 0) return Module::kForeign;
  }
  return Module::kNeutral;
}

// The innermost frame that is somebody's decides: between it and here lie only the C and C++ libraries and what is like them.
_Unwind_Reason_Code look(_Unwind_Context *context, void *module) {
  const Module frame = module_of(_Unwind_GetIP(context));
  *static_cast<Module *>(module) = frame;
  return frame == Module::kNeutral ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

bool is_own() {
  Module module = Module::kNeutral;
  _Unwind_Backtrace(look, &module);
  return module == Module::kOwn;
}

bool fails() {
  if (t_fail_at == 0 || t_deciding) return false;
  t_deciding = true;
  const bool counts = is_own();
  t_deciding = false;
  if (!counts) return false;
  ++t_injected.seen;
  if (t_injected.seen != t_fail_at && !(t_sticky && t_injected.seen > t_fail_at)) return false;
  ++t_injected.failed;
  errno = ENOMEM;
  return true;
}

void *counted(void *memory) {
  if (memory != nullptr) g_live.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

}  // namespace

void fail_allocations(long at, bool sticky) {
  t_injected = {};
  t_sticky = sticky;
  t_fail_at = at;
}

Injected stop_failing() {
  t_fail_at = 0;
  return t_injected;
}

long live_allocations() {
  return g_live.load(std::memory_order_relaxed);
}

extern "C" {

void *malloc(size_t size) {
  return fails() ? nullptr : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
  return fails() ? nullptr : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size) {
  if (fails()) return nullptr;
  void *moved = __libc_realloc(memory, size);
  return memory == nullptr ? counted(moved) : moved;
}

void *memalign(size_t alignment, size_t size) {
  return fails() ? nullptr : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *made = memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}

void free(void *memory) {
  if (memory == nullptr) return;
  g_live.fetch_sub(1, std::memory_order_relaxed);
  __libc_free(memory);
}
}
