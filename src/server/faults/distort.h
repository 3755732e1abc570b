// SPDX-License-Identifier: BSD-3-Clause
// What the faults do to one message: to its fields, to its bytes, and to its packets.
#pragma once

#include <cstddef>
#include <vector>

#include "server/faults/faults.h"
#include "wire/link.h"
#include "wire/messages.h"

namespace air::server {

// Changes fields of the message in progress; `data` is memory for what a tensor holds then.
void distort_fields(const Faults &faults, wire::Response &response, std::vector<std::byte> &data);

// Changes the encoded message; `head` is the memory that message.head refers to.
wire::Scatter distort_bytes(const Faults &faults, wire::Flavour flavour, wire::Scatter message,
                            std::vector<std::byte> &head);

// Whether distort_packet() may have something to do.
bool distorts_packets(const Faults &faults);

// Changes one packet of the message in progress, counted from 1; `is_last` is the message's last.
void distort_packet(const Faults &faults, wire::Framing framing, uint64_t number, bool is_last,
                    std::vector<std::byte> &packet);

// Bytes of noise.
std::vector<std::byte> garbage(uint64_t count);

}  // namespace air::server
