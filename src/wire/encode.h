// SPDX-License-Identifier: BSD-3-Clause
// Messages to bytes, both directions. Bytes of tensors are not copied: they become the tail of the result.
#pragma once

#include <cstddef>
#include <vector>

#include "wire/messages.h"

namespace air::wire {

// Each function replaces `head` (kept by the caller and used again, so that nothing is allocated in steady state); the result refers
// to it and to the message's `datas`. Texts are written as they are:
// who makes a message keeps them within kMaxName and kMaxLog.
Scatter encode(const Request &request, std::vector<std::byte> &head);
Scatter encode(const Ack &ack, std::vector<std::byte> &head);
Scatter encode(const Data &data, std::vector<std::byte> &head);
Scatter encode(const Buffer2x &buffer, std::vector<std::byte> &head);

// Repeated words with bit 31 set take ten bytes, as 32-bit firmware writes them.
// The flavour decides where sysinfoMsg has its extra words, and whether it has a com_param.
Scatter encode(const Response &response, Flavour flavour, std::vector<std::byte> &head);

}  // namespace air::wire
