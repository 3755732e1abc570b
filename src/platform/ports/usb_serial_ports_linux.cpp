// SPDX-License-Identifier: BSD-3-Clause
// Serial ports that are on USB: reads their identity from sysfs.
#include "platform/ports/usb_serial_ports.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/numbers.h"
#include "common/utf8.h"
#include "platform/files/folder.h"
#include "platform/files/lines.h"

namespace air {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kPrefixes = {"ttyS",   "ttyUSB", "ttyXRUSB", "ttyACM",
                                                       "ttyAMA", "rfcomm", "ttyAP"};

std::string read_line(const fs::path &path) {
  return printable(first_line_of(path));
}

std::optional<uint32_t> read_hex(const fs::path &path) {
  return number_in<uint32_t>(read_line(path), 16);
}

bool is_serial_name(std::string_view name) {
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto prefix) { return name.starts_with(prefix); });
}

// The USB device is one of the folders around the one of the port.
std::optional<UsbSerialPort> identify(const fs::path &sysfs, const std::string &name, const fs::path &device) {
  std::error_code error;
  fs::path folder = fs::canonical(sysfs / "class/tty" / name / "device", error);
  for (; !error && folder.has_relative_path(); folder = folder.parent_path()) {
    const auto vendor = read_hex(folder / "idVendor");
    const auto product = read_hex(folder / "idProduct");
    if (!vendor || !product) continue;
    return UsbSerialPort{device.string(),
                         *vendor,
                         *product,
                         read_line(folder / "manufacturer"),
                         read_line(folder / "product"),
                         read_line(folder / "serial")};
  }
  return std::nullopt;
}

}  // namespace

std::vector<UsbSerialPort> usb_serial_ports(const fs::path &sysfs, const fs::path &dev) {
  std::vector<UsbSerialPort> ports;
  for (const fs::path &entry : folder_entries(sysfs / "class/tty")) {
    const std::string name = entry.filename().string();
    std::error_code absent;
    if (!is_serial_name(name) || !fs::exists(dev / name, absent)) continue;
    if (auto port = identify(sysfs, name, dev / name)) ports.push_back(std::move(*port));
  }
  return ports;
}

std::optional<UsbSerialPort> usb_serial_port(const fs::path &device, const fs::path &sysfs) {
  std::error_code error;
  const fs::path real = fs::canonical(device, error);
  return identify(sysfs, real.filename().string(), device);
}

}  // namespace air
