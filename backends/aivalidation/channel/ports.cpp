// SPDX-License-Identifier: BSD-3-Clause
// Serial ports that may lead to a target, told by their USB identity.
#include "aivalidation/channel/ports.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "common/error.h"
#include "common/path_text.h"
#include "common/st_link.h"
#include "platform/ports/usb_serial_ports.h"

namespace air::aivalidation {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kVirtualComPort = 0x5740;

// Names that Windows has begin with their maker.
std::string name_of(const UsbSerialPort &usb) {
  if (usb.product.starts_with(usb.manufacturer)) return usb.product;
  return fmt::format("{} {}", usb.manufacturer, usb.product);
}

bool is_st_link(const UsbSerialPort &usb) {
  std::string text = name_of(usb);
  std::erase_if(text, [](char c) { return c == '-' || c == ' '; });
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return air::is_st_link(usb.vendor_id, usb.product_id) || text.find("stlink") != std::string::npos;
}

Port::Rank rank_of(const UsbSerialPort &usb) {
  if (usb.vendor_id == kStVendor && usb.product_id == kVirtualComPort) return Port::Rank::kTargetUsb;
  if (is_st_link(usb)) return Port::Rank::kStLink;
  return usb.vendor_id == kStVendor ? Port::Rank::kSt : Port::Rank::kOtherUsb;
}

Port port_of(const UsbSerialPort &usb) {
  Port port{
      .device = usb.device,
      .description = fmt::format("{} ({:04x}:{:04x})", name_of(usb), usb.vendor_id, usb.product_id),
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

std::vector<std::string> descriptors(const std::vector<Port> &ports, uint32_t baud) {
  std::vector<std::string> lines;
  for (const Port &port : ports) lines.push_back(fmt::format("serial:{}:{} ({})", port.device, baud, port.description));
  return lines;
}

}  // namespace

std::vector<Port> find_ports(const fs::path &sysfs, const fs::path &dev) {
  std::vector<Port> ports;
  for (const UsbSerialPort &usb : usb_serial_ports(sysfs, dev)) ports.push_back(port_of(usb));
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
  const auto usb = usb_serial_port(path_of(device), sysfs);
  return usb && rank_of(*usb) == Port::Rank::kTargetUsb;
}

}  // namespace air::aivalidation
