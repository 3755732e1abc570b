// SPDX-License-Identifier: BSD-3-Clause
// Serial ports that are on USB, by what macOS calls them. What they say they are only IOKit tells, which is not there where this is built: all
// numbers are 0.
#include <algorithm>
#include <array>
#include <string_view>

#include "common/utf8.h"
#include "platform/files/folder.h"
#include "platform/ports/usb_serial_ports.h"

namespace air {
namespace {

namespace fs = std::filesystem;

// CDC ACM, as ST-LINK's, and drivers of makers of bridges.
constexpr std::array<std::string_view, 5> kPrefixes = {"cu.usbmodem", "cu.usbserial", "cu.SLAB_USBtoUART",
                                                       "cu.wchusbserial", "cu.PL2303"};

bool is_usb_name(std::string_view name) {
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::vector<UsbSerialPort> usb_serial_ports(const fs::path &, const fs::path &dev) {
  std::vector<UsbSerialPort> ports;
  for (const fs::path &entry : folder_entries(dev)) {
    if (auto port = usb_serial_port(entry, {})) ports.push_back(std::move(*port));
  }
  return ports;
}

std::optional<UsbSerialPort> usb_serial_port(const fs::path &device, const fs::path &) {
  const std::string name = device.filename().string();
  if (!is_usb_name(name)) return std::nullopt;
  return UsbSerialPort{.device = device.string(), .vendor_id = 0, .product_id = 0, .product = printable(name)};
}

}  // namespace air
