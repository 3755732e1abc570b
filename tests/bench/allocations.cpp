// SPDX-License-Identifier: BSD-3-Clause
// The program's own malloc comes before the C library's for all libraries of the process; it counts and passes the call on.
#include "allocations.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {
std::atomic<uint64_t> calls = 0;
}

uint64_t bench::n_allocations() {
  return calls;
}

extern "C" {

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  calls++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  calls++;
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  calls++;
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  calls++;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **out_memory, size_t alignment, size_t size) {
  calls++;
  *out_memory = __libc_memalign(alignment, size);
  return *out_memory == nullptr ? ENOMEM : 0;
}

}  // extern "C"
