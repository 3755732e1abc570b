// SPDX-License-Identifier: BSD-3-Clause
// Memory that a library points to, without trusting the pointer. The kernel does the copy, so that a bad address is an error.
#include <mach/mach.h>

#include "platform/machine/peek_copy.h"

namespace air {
namespace {

vm_address_t address_of(const void *memory) noexcept {
  return reinterpret_cast<vm_address_t>(memory);
}

}  // namespace

bool copy_from(void *to, const void *from, size_t size) noexcept {
  vm_size_t copied = 0;
  return vm_read_overwrite(mach_task_self(), address_of(from), size, address_of(to), &copied) == KERN_SUCCESS &&
         copied == size;
}

bool copy_to(void *to, const void *from, size_t size) noexcept {
  return vm_write(mach_task_self(), address_of(to), address_of(from), static_cast<mach_msg_type_number_t>(size)) ==
         KERN_SUCCESS;
}

}  // namespace air
