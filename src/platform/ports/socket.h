// SPDX-License-Identifier: BSD-3-Clause
// What sockets can be told that the library for them does not know.
#pragma once

#include <chrono>
#include <system_error>

namespace air {

// Who reads it waits so long at most.
std::error_code limit_waits(int socket, std::chrono::milliseconds limit) noexcept;

// Processes that this one starts do not have it open.
void keep_from_children(int socket) noexcept;

// The other machine, when it went without a word, is noticed after a minute.
void notice_vanishing(int socket) noexcept;

}  // namespace air
