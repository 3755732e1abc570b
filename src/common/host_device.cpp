// SPDX-License-Identifier: BSD-3-Clause
// Description of the machine that executes models in this process: this one.
#include "host_device.h"

#include <fmt/format.h>
#include <sys/utsname.h>

namespace air {

HostDevice::HostDevice() {
  utsname names{};
  if (uname(&names) == 0) {
    machine_ = names.machine;
    system_ = names.sysname;
  }
  // ST's tool has the processor between machine and system, which Linux does not tell.
  description_ = fmt::format("{}, , {}", machine_, system_);
  info_.struct_size = sizeof(info_);
  info_.description = description_.c_str();
  info_.dev_type = "HOST";
  info_.dev_id = machine_.c_str();
  info_.system = system_.c_str();
  info_.machine = machine_.c_str();
}

}  // namespace air
