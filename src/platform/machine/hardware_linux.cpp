// SPDX-License-Identifier: BSD-3-Clause
// What the machine consists of: looks through /proc.
#include "platform/machine/hardware.h"

#include <unistd.h>

#include "platform/files/lines.h"
#include "platform/machine/machine.h"

namespace air {

// Machines other than x86 mostly do not name theirs.
std::string processor_name() {
  for (const std::string &line : lines_of("/proc/cpuinfo")) {
    if (line.empty()) break;  // the next processor
    if (!line.starts_with("model name")) continue;
    const size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

uint64_t machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) : 0;
}

}  // namespace air
