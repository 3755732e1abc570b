// SPDX-License-Identifier: BSD-3-Clause
// Serial ports that may lead to a target, told by their USB identity; nothing is opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "airunner_backend.hpp"

namespace air::aivalidation {

struct Port {
  // In the order of preference.
  enum class Rank { kTargetUsb, kStLink, kSt, kOtherUsb };

  std::string device;              // "/dev/ttyACM0"
  std::string description;         // "STMicroelectronics STM32 STLink (0483:374b)"
  backend::Properties properties;  // "vid", "pid", "manufacturer", "product", "serial_number", as far as USB tells
  Rank rank;

  bool is_st() const { return rank != Rank::kOtherUsb; }
};

// Best first, then by name. Ports that are not USB are left out.
std::vector<Port> find_ports(const std::filesystem::path &sysfs = "/sys", const std::filesystem::path &dev = "/dev");

// The one port to try without being told: the best there is, if no other is as good. Throws AIR_ERROR_NO_DEVICE and AIR_ERROR_AMBIGUOUS
// with ready descriptors.
std::string choose_port(const std::vector<Port> &ports, uint32_t baud);

// The port is a target's own USB, which takes packets of any size at once.
bool is_target_usb(const std::string &device, const std::filesystem::path &sysfs = "/sys");

}  // namespace air::aivalidation
