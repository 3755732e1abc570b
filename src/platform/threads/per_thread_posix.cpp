// SPDX-License-Identifier: BSD-3-Clause
// One object for each thread that asks: keys of POSIX threads.
#include "platform/threads/per_thread.h"

#include <pthread.h>

#if defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    include <sanitizer/lsan_interface.h>
#    define AIR_LEAK_CHECKER_IGNORES(object) __lsan_ignore_object(object)
#  endif
#endif
#ifndef AIR_LEAK_CHECKER_IGNORES
#  define AIR_LEAK_CHECKER_IGNORES(object) static_cast<void>(object)
#endif

namespace air {
namespace {

pthread_key_t key_of(uintptr_t number) noexcept {
  return static_cast<pthread_key_t>(number);
}

}  // namespace

PointerPerThread::PointerPerThread(void (*destroy)(void *)) noexcept : destroy_(destroy) {
  pthread_key_t key{};
  if (pthread_key_create(&key, destroy) == 0) key_ = key;
}

PointerPerThread::~PointerPerThread() {
  if (!key_) return;
  if (void *own = get()) destroy_(own);
  pthread_key_delete(key_of(*key_));
}

void *PointerPerThread::get() const noexcept {
  return key_ ? pthread_getspecific(key_of(*key_)) : nullptr;
}

bool PointerPerThread::set(void *pointer) noexcept {
  if (!key_ || pthread_setspecific(key_of(*key_), pointer) != 0) return false;
  AIR_LEAK_CHECKER_IGNORES(pointer);  // it does not look into the memory of threads, where the only pointer is
  return true;
}

}  // namespace air
