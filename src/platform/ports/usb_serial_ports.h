// SPDX-License-Identifier: BSD-3-Clause
// Serial ports that are on USB, and what they say they are; nothing is opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace air {

struct UsbSerialPort {
  std::string device;  // "/dev/ttyACM0", "COM5"
  uint32_t vendor_id;
  uint32_t product_id;
  std::string manufacturer;
  std::string product;
  std::string serial_number;
};

// All, in no order. `sysfs` and `dev` are where Linux tells of them.
std::vector<UsbSerialPort> usb_serial_ports(const std::filesystem::path &sysfs, const std::filesystem::path &dev);

// What a port says it is; nothing where it is not on USB.
std::optional<UsbSerialPort> usb_serial_port(const std::filesystem::path &device, const std::filesystem::path &sysfs);

}  // namespace air
