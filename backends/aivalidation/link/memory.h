// SPDX-License-Identifier: BSD-3-Clause
// Memory of the target: read, write, checksum.
#pragma once

#include <span>

#include "aivalidation/link/command.h"
#include "aivalidation/link/limits.h"

namespace air::aivalidation {

void read_memory(Link &link, const HostLog &log, const Limits &limits, uint32_t address, std::span<std::byte> data);
// `writing` is true while bytes that the target takes for data could reach its memory.
void write_memory(Link &link, const HostLog &log, const Limits &limits, uint32_t address, wire::Bytes data,
                  bool &writing);
uint32_t checksum_memory(Link &link, const HostLog &log, const Limits &limits, uint32_t address, uint32_t size);

}  // namespace air::aivalidation
