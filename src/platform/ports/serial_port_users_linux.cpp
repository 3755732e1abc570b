// SPDX-License-Identifier: BSD-3-Clause
// Who else uses a serial port: looks through /proc.
#include "platform/ports/serial_port_users.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "common/ascii.h"
#include "platform/files/folder.h"
#include "platform/files/lines.h"

namespace air {
namespace {

namespace fs = std::filesystem;

bool has_open(const fs::path &process, const fs::path &device) {
  const std::vector<fs::path> open = folder_entries(process / "fd");
  return std::any_of(open.begin(), open.end(), [&device](const fs::path &file) {
    std::error_code unreadable;
    return fs::read_symlink(file, unreadable) == device;
  });
}

bool is_number(const std::string &text) {
  return std::all_of(text.begin(), text.end(), is_ascii_digit);
}

}  // namespace

std::string port_users(const std::string &device) {
  std::error_code error;
  const fs::path real = fs::canonical(device, error);
  if (error) return "";
  std::string users;
  for (const fs::path &process : folder_entries("/proc")) {
    const std::string id = process.filename().string();
    if (!is_number(id) || id == std::to_string(getpid()) || !has_open(process, real)) continue;
    const std::string name = first_line_of(process / "comm");
    users += fmt::format("{}{} (process {})", users.empty() ? "" : ", ", name.empty() ? "?" : name, id);
  }
  return users;
}

}  // namespace air
