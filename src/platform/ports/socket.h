// SPDX-License-Identifier: BSD-3-Clause
// What sockets can be told that the library for them does not know.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <system_error>

#include "platform/files/file_handle.h"

namespace air {

// The number here of what the library has, on Windows as something wider.
int descriptor_of(const std::convertible_to<uintptr_t> auto &native) noexcept {
  return static_cast<int>(static_cast<uintptr_t>(native));
}

// Whether who listens is to say that its address may be used again: without it an address is busy for a while when a server has ended; with it two
// servers have the same one on Windows, where it is free at once.
#if defined(_WIN32)
inline constexpr bool kMayReuseAddress = false;
#else
inline constexpr bool kMayReuseAddress = true;
#endif

// What an error of the library says, in English as far as the system can.
std::string socket_error_text(const std::error_code &error);

// Who reads it waits so long at most.
std::error_code limit_waits(int socket, std::chrono::milliseconds limit) noexcept;

// The same connection, for who keeps it when the library's own is closed. Processes that this one starts do not have it open.
FileHandle copy_of_socket(int socket, std::error_code &error) noexcept;

// The other machine, when it went without a word, is noticed after a minute.
void notice_vanishing(int socket) noexcept;

}  // namespace air
