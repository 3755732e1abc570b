// SPDX-License-Identifier: BSD-3-Clause
// The machine this process runs on, for reports.
#include "platform/machine/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "common/utf8.h"

namespace air {
namespace {

// Of the first processor. Machines other than x86 mostly do not name theirs.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {
    if (!line.starts_with("model name")) continue;
    const size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  if (file.bad()) throw std::bad_alloc();  // a stream keeps that to itself
  return "";
}

}  // namespace

std::optional<SystemNames> system_names() {
  utsname names{};
  if (uname(&names) != 0) return std::nullopt;
  return SystemNames{names.sysname, names.release, names.machine};
}

std::string machine_text() {
  const SystemNames names = system_names().value_or(SystemNames{});
  std::string text = fmt::format("{} {} {}", names.system, names.release, names.machine);
  if (const std::string name = processor_name(); !name.empty()) text += ", " + name;
  if (const unsigned n = std::thread::hardware_concurrency(); n > 0)
    text += fmt::format(", {} CPU{}", n, n == 1 ? "" : "s");
  return printable(text);
}

uint64_t machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) : 0;
}

}  // namespace air
