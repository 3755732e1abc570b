// SPDX-License-Identifier: BSD-3-Clause
// Properties of the machine that executes models in this process: this one.
#pragma once

#include <fmt/format.h>

#include "airunner_backend.hpp"
#include "platform/machine/machine.h"

namespace air {

inline backend::Properties host_device() {
  backend::Properties properties = {{"device.type", "HOST"}};
  const auto names = system_names();
  if (!names) return properties;
  // ST's tool has the processor between machine and system, which Linux does not tell.
  properties.emplace_back("device", fmt::format("{}, , {}", names->machine, names->system));
  properties.emplace_back("device.id", names->machine);
  properties.emplace_back("device.system", names->system);
  properties.emplace_back("device.machine", names->machine);
  return properties;
}

}  // namespace air
