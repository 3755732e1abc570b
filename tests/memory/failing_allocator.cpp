// SPDX-License-Identifier: BSD-3-Clause
// Fails chosen allocations of the thread that armed it, made by or for airunner's own modules. What a runtime
// or a host library allocates for itself passes: those abort on their own account.
#include "failing_allocator.h"

#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
}

namespace {

enum class Module { kNeutral, kOurs, kForeign };

long g_fail_at = 0;
bool g_sticky = false;
Injected g_injected = {};
thread_local bool t_armed = false;  // one thread at a time is
thread_local bool t_deciding = false;

Module module_of(uintptr_t address) {
  dl_find_object found{};
  if (_dl_find_object(reinterpret_cast<void *>(address), &found) != 0) return Module::kNeutral;
  const char *slash = std::strrchr(found.dlfo_link_map->l_name, '/');
  const char *name = slash == nullptr ? found.dlfo_link_map->l_name : slash + 1;
  if (std::strncmp(name, "libairunner", 11) == 0) return Module::kOurs;
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
  return module == Module::kOurs;
}

bool fails() {
  if (!t_armed || t_deciding) return false;
  t_deciding = true;
  const bool counts = is_own();
  t_deciding = false;
  if (!counts) return false;
  ++g_injected.seen;
  if (g_injected.seen != g_fail_at && !(g_sticky && g_injected.seen > g_fail_at)) return false;
  ++g_injected.failed;
  errno = ENOMEM;
  return true;
}

}  // namespace

void fail_allocations(long at, bool sticky) {
  g_injected = {};
  g_sticky = sticky;
  g_fail_at = at;
  t_armed = true;
}

void fail_this_thread() {
  t_armed = true;
}

Injected stop_failing() {
  t_armed = false;
  return g_injected;
}

extern "C" {

void *malloc(size_t size) {
  return fails() ? nullptr : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  return fails() ? nullptr : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  return fails() ? nullptr : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
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
}
