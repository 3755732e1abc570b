// SPDX-License-Identifier: BSD-3-Clause
// ModemManager: its process, and what udev's database tells it of a port.
#include "platform/ports/modem_manager.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "common/path_text.h"
#include "platform/files/folder.h"

namespace air {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path &path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

}  // namespace

bool modem_manager_runs(const fs::path &proc) {
  const std::vector<fs::path> processes = folder_entries(proc);
  return std::any_of(processes.begin(), processes.end(),
                     [](const fs::path &process) { return first_line(process / "comm") == "ModemManager"; });
}

bool modem_manager_ignores(const fs::path &device, const fs::path &sysfs, const fs::path &udev) {
  const std::string number = first_line(sysfs / "class/tty" / device.filename() / "dev");  // "166:0"
  std::ifstream facts(udev / path_of("c" + number));
  for (std::string line; std::getline(facts, line);) {
    if (line == "E:ID_MM_PORT_IGNORE=1" || line == "E:ID_MM_DEVICE_IGNORE=1") return true;
  }
  return false;
}

}  // namespace air
