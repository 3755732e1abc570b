// SPDX-License-Identifier: BSD-3-Clause
// The number by which airunner knows what is open, and the handle of Windows that it stands for: a file, a pipe, a port, an event or a socket.
#pragma once

#include <windows.h>
#include <winsock2.h>  // before windows.h

#include <cstdint>

namespace air {

// Handles have no more than 32 bits that count, also in processes of 64. -1, which is INVALID_HANDLE_VALUE too, is none.
inline HANDLE handle_of(int number) noexcept {
  return reinterpret_cast<HANDLE>(static_cast<intptr_t>(number));
}

inline SOCKET socket_of(int number) noexcept {
  return static_cast<SOCKET>(number);
}

// NULL becomes -1: functions differ in which of the two they give.
inline int number_of(HANDLE handle) noexcept {
  return handle == nullptr ? -1 : static_cast<int>(reinterpret_cast<intptr_t>(handle));
}

inline int number_of(SOCKET socket) noexcept {
  return static_cast<int>(socket);
}

}  // namespace air
