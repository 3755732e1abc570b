// SPDX-License-Identifier: BSD-3-Clause
// Who else uses a serial port: asks the kernel, which tells of this user's processes alone unless root asks.
#include <fmt/format.h>
#include <libproc.h>
#include <unistd.h>

#include <array>

#include "platform/ports/serial_port_users.h"

namespace air {

std::string port_users(const std::string &device) {
  std::array<pid_t, 64> processes{};
  const int size =
      proc_listpidspath(PROC_ALL_PIDS, 0, device.c_str(), 0, processes.data(), static_cast<int>(sizeof(processes)));
  std::string users;
  for (size_t i = 0; size > 0 && i < static_cast<size_t>(size) / sizeof(pid_t); ++i) {
    if (processes.at(i) == getpid()) continue;
    std::array<char, 256> name{};
    proc_name(processes.at(i), name.data(), name.size() - 1);
    users += fmt::format("{}{} (process {})", users.empty() ? "" : ", ", name.data(), processes.at(i));
  }
  return users;
}

}  // namespace air
