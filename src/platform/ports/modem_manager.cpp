// SPDX-License-Identifier: BSD-3-Clause
// ModemManager: its process, and what udev's database tells it of a port.
#include "platform/ports/modem_manager.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/files/lines.h"

namespace air {
namespace fs = std::filesystem;

bool modem_manager_runs(const fs::path &proc) {
  const std::vector<fs::path> processes = folder_entries(proc);
  return std::any_of(processes.begin(), processes.end(),
                     [](const fs::path &process) { return first_line_of(process / "comm") == "ModemManager"; });
}

bool modem_manager_ignores(const fs::path &device, const fs::path &sysfs, const fs::path &udev) {
  const std::string number = first_line_of(sysfs / "class/tty" / device.filename() / "dev");  // "166:0"
  const std::vector<std::string> facts = lines_of(udev / path_of("c" + number));
  return std::any_of(facts.begin(), facts.end(), [](const std::string &fact) {
    return fact == "E:ID_MM_PORT_IGNORE=1" || fact == "E:ID_MM_DEVICE_IGNORE=1";
  });
}

}  // namespace air
