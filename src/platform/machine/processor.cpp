// SPDX-License-Identifier: BSD-3-Clause
// Flags of x86: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, CPUID.
#include "platform/machine/processor.h"

#if defined(__x86_64__) || defined(__i386__)
#  include <cpuid.h>
#endif

namespace air {

bool sums_bytes_exactly() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  constexpr unsigned kAvx512Vnni = 1U << 11;  // leaf 7.0, ECX
  constexpr unsigned kAvxVnni = 1U << 4;      // leaf 7.1, EAX
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((ecx & kAvx512Vnni) != 0) return true;
  return eax >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax & kAvxVnni) != 0;
#else
  return true;
#endif
}

}  // namespace air
