// SPDX-License-Identifier: BSD-3-Clause
// One object for each thread that asks: fiber-local storage, which tells when a thread ends.
#include <windows.h>

#include "platform/threads/per_thread.h"

namespace air {
namespace {

struct Entry {
  void *pointer;
  void (*destroy)(void *);
  const std::optional<uintptr_t> &key;  // of all; none: who has it is at his end
};

// FlsFree() calls it for every thread, also for those that may still use theirs: only their entries are taken.
void WINAPI on_end(void *data) {
  const std::unique_ptr<Entry> entry(static_cast<Entry *>(data));
  if (entry && entry->key) entry->destroy(entry->pointer);
}

DWORD index_of(uintptr_t number) noexcept {
  return static_cast<DWORD>(number);
}

Entry *entry_at(uintptr_t number) noexcept {
  return static_cast<Entry *>(FlsGetValue(index_of(number)));
}

}  // namespace

PointerPerThread::PointerPerThread(void (*destroy)(void *)) noexcept : destroy_(destroy) {
  if (const DWORD index = FlsAlloc(&on_end); index != FLS_OUT_OF_INDEXES) key_ = index;
}

PointerPerThread::~PointerPerThread() {
  if (!key_) return;
  if (void *own = get()) destroy_(own);
  const uintptr_t number = *key_;
  key_.reset();
  FlsFree(index_of(number));
}

void *PointerPerThread::get() const noexcept {
  const DWORD error = GetLastError();  // which callers may look at afterwards
  const Entry *entry = key_ ? entry_at(*key_) : nullptr;
  SetLastError(error);
  return entry == nullptr ? nullptr : entry->pointer;
}

bool PointerPerThread::set(void *pointer) noexcept {
  if (!key_) return false;
  if (Entry *entry = entry_at(*key_)) {
    entry->pointer = pointer;
    return true;
  }
  std::unique_ptr<Entry> entry(new (std::nothrow) Entry{pointer, destroy_, key_});
  if (!entry || FlsSetValue(index_of(*key_), entry.get()) == 0) return false;
  static_cast<void>(entry.release());
  return true;
}

}  // namespace air
