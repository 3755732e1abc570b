// SPDX-License-Identifier: BSD-3-Clause
// The machine this process runs on, for reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace air {

struct SystemNames {
  std::string system;   // "Linux"
  std::string release;  // "6.1.0"
  std::string machine;  // "x86_64"
};
std::optional<SystemNames> system_names();

// "Linux 6.1.0 x86_64, <processor>, 8 CPUs"; what the system does not tell is left out.
std::string machine_text();

// Bytes of memory that the machine has; 0 where the system does not tell.
uint64_t machine_memory();

}  // namespace air
