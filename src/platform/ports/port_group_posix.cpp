// SPDX-License-Identifier: BSD-3-Clause
// Who may use a serial port.
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>

#include <array>

#include "platform/ports/serial_port_users.h"

namespace air {

std::string port_group(const std::string &device) {
  struct stat status {};
  if (stat(device.c_str(), &status) != 0) return "";
  const bool may_use_it = (status.st_mode & S_IRGRP) != 0 && (status.st_mode & S_IWGRP) != 0;
  if (!may_use_it || status.st_gid == 0) return "";  // nobody should become a member of root's group for that
  std::array<char, 4096> buffer{};
  group entry{};
  group *found = nullptr;
  if (getgrgid_r(status.st_gid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fmt::format("group {}", status.st_gid);
  }
  return fmt::format("group {}", found->gr_name);
}

}  // namespace air
