// SPDX-License-Identifier: BSD-3-Clause
// One object for each thread that asks. Unlike thread_local, which ends the process where there is no memory for it, this one can be
// told about.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <optional>

// thread_local at which a thread's first look needs no memory. Only glibc has to be asked for that; musl loads no library at run time that asks.
#if defined(__GLIBC__)
#  define AIR_THREAD_LOCAL [[gnu::tls_model("initial-exec")]] thread_local
#else
#  define AIR_THREAD_LOCAL thread_local
#endif

namespace air {

// One pointer for each thread that sets it; `destroy` is called for it when the thread ends, and in the end for that of the thread which ends
// all.
class PointerPerThread {
 public:
  explicit PointerPerThread(void (*destroy)(void *)) noexcept;
  ~PointerPerThread();
  PointerPerThread(const PointerPerThread &) = delete;
  PointerPerThread &operator=(const PointerPerThread &) = delete;

  void *get() const noexcept;        // NULL: none
  bool set(void *pointer) noexcept;  // false where memory does not suffice

 private:
  void (*destroy_)(void *);
  std::optional<uintptr_t> key_;  // the system's; there is a limit to their number
};

template <class T>
class PerThread {
 public:
  // That of this thread, or NULL.
  T *find() const noexcept { return static_cast<T *>(pointer_.get()); }

  // That of this thread, made when it is the first call; NULL where memory does not suffice.
  T *get() noexcept {
    if (T *made = find()) return made;
    std::unique_ptr<T> made(new (std::nothrow) T);
    return made != nullptr && pointer_.set(made.get()) ? made.release() : nullptr;
  }

 private:
  static void destroy(void *object) { const std::unique_ptr<T> owned(static_cast<T *>(object)); }

  PointerPerThread pointer_{&destroy};
};

}  // namespace air
