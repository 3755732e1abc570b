// SPDX-License-Identifier: BSD-3-Clause
// One object for each thread that asks. Unlike thread_local, which ends the process where there is no memory for it, this one can be
// told about.
#pragma once

#include <pthread.h>

#include <memory>
#include <new>

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

template <class T>
class PerThread {
 public:
  PerThread() noexcept : usable_(pthread_key_create(&key_, destroy) == 0) {}
  ~PerThread() {
    if (!usable_) return;
    destroy(find());
    pthread_key_delete(key_);
  }
  PerThread(const PerThread &) = delete;
  PerThread &operator=(const PerThread &) = delete;

  // That of this thread, or NULL.
  T *find() const noexcept { return usable_ ? static_cast<T *>(pthread_getspecific(key_)) : nullptr; }

  // That of this thread, made when it is the first call; NULL where memory does not suffice.
  T *get() noexcept {
    if (T *made = find(); made != nullptr || !usable_) return made;
    std::unique_ptr<T> made(new (std::nothrow) T);
    if (made == nullptr || pthread_setspecific(key_, made.get()) != 0) return nullptr;
    AIR_LEAK_CHECKER_IGNORES(made.get());  // it does not look into the memory of threads, where the only pointer is
    return made.release();
  }

 private:
  static void destroy(void *object) { const std::unique_ptr<T> owned(static_cast<T *>(object)); }

  pthread_key_t key_{};
  bool usable_;
};

}  // namespace air
