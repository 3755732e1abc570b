// SPDX-License-Identifier: BSD-3-Clause
// Serial ports that may lead to a target: reads their USB identity from sysfs.
#include "aivalidation/channel/ports.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>

#include "common/error.h"
#include "common/numbers.h"
#include "common/utf8.h"
#include "platform/folder.h"

namespace air::aivalidation {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kStVendor = 0x0483;
constexpr uint32_t kVirtualComPort = 0x5740;
constexpr std::array<std::string_view, 7> kPrefixes = {"ttyS",   "ttyUSB", "ttyXRUSB", "ttyACM",
                                                       "ttyAMA", "rfcomm", "ttyAP"};

struct UsbIdentity {
  uint32_t vendor_id;
  uint32_t product_id;
  std::string manufacturer;
  std::string product;
  std::string serial_number;

  std::string text() const { return fmt::format("{} {}", manufacturer, product); }
};

std::string read_line(const fs::path &path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return printable(line);
}

std::optional<uint32_t> read_hex(const fs::path &path) {
  return number_in<uint32_t>(read_line(path), 16);
}

// The USB device is one of the folders around the one of the port.
std::optional<UsbIdentity> usb_identity(const fs::path &sysfs, const std::string &name) {
  std::error_code error;
  fs::path folder = fs::canonical(sysfs / "class/tty" / name / "device", error);
  for (; !error && folder.has_relative_path(); folder = folder.parent_path()) {
    const auto vendor = read_hex(folder / "idVendor");
    const auto product = read_hex(folder / "idProduct");
    if (!vendor || !product) continue;
    return UsbIdentity{*vendor, *product, read_line(folder / "manufacturer"), read_line(folder / "product"),
                       read_line(folder / "serial")};
  }
  return std::nullopt;
}

bool is_st_link(const UsbIdentity &usb) {
  const bool by_number = usb.vendor_id == kStVendor && (usb.product_id == 0x3744 || usb.product_id == 0x3748 ||
                                                        (usb.product_id >= 0x374A && usb.product_id <= 0x3757));
  std::string text = usb.text();
  std::erase_if(text, [](char c) { return c == '-' || c == ' '; });
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return by_number || text.find("stlink") != std::string::npos;
}

Port::Rank rank_of(const UsbIdentity &usb) {
  if (usb.vendor_id == kStVendor && usb.product_id == kVirtualComPort) return Port::Rank::kTargetUsb;
  if (is_st_link(usb)) return Port::Rank::kStLink;
  return usb.vendor_id == kStVendor ? Port::Rank::kSt : Port::Rank::kOtherUsb;
}

Port port_of(const std::string &device, const UsbIdentity &usb) {
  Port port{
      .device = device,
      .description = fmt::format("{} ({:04x}:{:04x})", usb.text(), usb.vendor_id, usb.product_id),
      .properties = {{"vid", fmt::format("{:04x}", usb.vendor_id)}, {"pid", fmt::format("{:04x}", usb.product_id)}},
      .rank = rank_of(usb)};
  const auto add = [&port](const char *key, const std::string &value) {
    if (!value.empty()) port.properties.emplace_back(key, value);
  };
  add("manufacturer", usb.manufacturer);
  add("product", usb.product);
  add("serial_number", usb.serial_number);
  return port;
}

bool is_serial_name(std::string_view name) {
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](auto prefix) { return name.starts_with(prefix); });
}

std::vector<std::string> descriptors(const std::vector<Port> &ports, uint32_t baud) {
  std::vector<std::string> lines;
  for (const Port &port : ports) lines.push_back(fmt::format("serial:{}:{} ({})", port.device, baud, port.description));
  return lines;
}

}  // namespace

std::vector<Port> find_ports(const fs::path &sysfs, const fs::path &dev) {
  std::vector<Port> ports;
  for (const fs::path &entry : folder_entries(sysfs / "class/tty")) {
    const std::string name = entry.filename().string();
    std::error_code absent;
    if (!is_serial_name(name) || !fs::exists(dev / name, absent)) continue;
    const auto usb = usb_identity(sysfs, name);
    if (usb) ports.push_back(port_of((dev / name).string(), *usb));
  }
  std::sort(ports.begin(), ports.end(), [](const Port &a, const Port &b) {
    return a.rank != b.rank ? a.rank < b.rank
                            : std::pair(a.device.size(), a.device) < std::pair(b.device.size(), b.device);
  });
  return ports;
}

std::string choose_port(const std::vector<Port> &ports, uint32_t baud) {
  std::vector<Port> best;
  for (const Port &port : ports) {
    if (port.is_st() && port.rank == ports.front().rank) best.push_back(port);
  }
  if (best.size() == 1) return best.front().device;
  if (best.empty()) {
    throw Error(
        AIR_ERROR_NO_DEVICE,
        fmt::format("No SERIAL COM port detected (Board is not connected!): no USB device of ST has a serial port{}",
                    ports.empty() ? "" : "; if one of the others leads to a board, name it"),
        0, descriptors(ports, baud));
  }
  throw Error(
      AIR_ERROR_AMBIGUOUS,
      fmt::format("{} boards are plugged in; name one: {}", best.size(), fmt::join(descriptors(best, baud), ", ")), 0,
      descriptors(best, baud));
}

bool is_target_usb(const std::string &device, const fs::path &sysfs) {
  std::error_code error;
  const fs::path real = fs::canonical(device, error);
  const auto usb = usb_identity(sysfs, real.filename().string());
  return usb && rank_of(*usb) == Port::Rank::kTargetUsb;
}

}  // namespace air::aivalidation
