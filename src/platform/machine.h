// SPDX-License-Identifier: BSD-3-Clause
// The machine this process runs on, for reports.
#pragma once

#include <cstdint>
#include <string>

namespace air {

// "Linux 6.1.0 x86_64, <processor>, 8 CPUs"; what the system does not tell is left out.
std::string machine_text();

// Bytes of memory that the machine has; 0 where the system does not tell.
uint64_t machine_memory();

}  // namespace air
