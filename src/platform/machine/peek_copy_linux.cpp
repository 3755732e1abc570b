// SPDX-License-Identifier: BSD-3-Clause
// Memory that a library points to, without trusting the pointer. The kernel does the copy, so that a bad address is an error.
#include "platform/machine/peek_copy.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace air {
namespace {

constexpr uintptr_t kFirstPage = 4096;

using Transfer = ssize_t (*)(pid_t, const iovec *, unsigned long, const iovec *, unsigned long, unsigned long);

// Copies between `own` and `other`, which is not trusted. Where the kernel forbids it (some sandboxes), only plainly wrong addresses are
// found, and the caller has to copy by itself: `forbidden` is set.
bool transfer(Transfer function, void *own, const void *other, size_t size, bool &forbidden) noexcept {
  const auto address = reinterpret_cast<uintptr_t>(other);
  if (address < kFirstPage || address + size < address) return false;
  const iovec local{own, size};
  const iovec remote{const_cast<void *>(other), size};
  const ssize_t copied = function(getpid(), &local, 1, &remote, 1, 0);
  forbidden = copied < 0 && (errno == ENOSYS || errno == EPERM);
  return forbidden || (copied >= 0 && static_cast<size_t>(copied) == size);
}

}  // namespace

bool copy_from(void *to, const void *from, size_t size) noexcept {
  bool forbidden = false;
  const bool done = transfer(&process_vm_readv, to, from, size, forbidden);
  if (forbidden) std::memcpy(to, from, size);
  return done;
}

bool copy_to(void *to, const void *from, size_t size) noexcept {
  bool forbidden = false;
  const bool done = transfer(&process_vm_writev, const_cast<void *>(from), to, size, forbidden);
  if (forbidden) std::memcpy(to, from, size);
  return done;
}

}  // namespace air
