// SPDX-License-Identifier: BSD-3-Clause
// What the machine consists of: asks the kernel.
#include <sys/sysctl.h>

#include <array>

#include "platform/machine/hardware.h"
#include "platform/machine/machine.h"

namespace air {

std::string processor_name() {
  std::array<char, 256> name{};
  size_t size = name.size() - 1;
  return sysctlbyname("machdep.cpu.brand_string", name.data(), &size, nullptr, 0) == 0 ? name.data() : "";
}

uint64_t machine_memory() {
  uint64_t bytes = 0;
  size_t size = sizeof(bytes);
  return sysctlbyname("hw.memsize", &bytes, &size, nullptr, 0) == 0 ? bytes : 0;
}

}  // namespace air
