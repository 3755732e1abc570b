// SPDX-License-Identifier: BSD-3-Clause
// The machine this process runs on, for reports.
#include "platform/machine/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <thread>

#include "common/utf8.h"
#include "platform/machine/hardware.h"

namespace air {

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

}  // namespace air
