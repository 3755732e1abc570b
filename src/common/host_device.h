// SPDX-License-Identifier: BSD-3-Clause
// Description of the machine that executes models in this process: this one.
#pragma once

#include <string>

#include "airunner_backend.h"

namespace air {

class HostDevice {
 public:
  HostDevice();
  HostDevice(const HostDevice &) = delete;
  HostDevice &operator=(const HostDevice &) = delete;

  const air_device_info &info() const noexcept { return info_; }

 private:
  std::string machine_;
  std::string system_;
  std::string description_;
  air_device_info info_{};
};

}  // namespace air
