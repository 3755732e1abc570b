// SPDX-License-Identifier: BSD-3-Clause
// What sockets can be told that the library for them does not know.
#include "platform/files/system_handle_windows.h"
#include "platform/ports/socket.h"
#include "platform/wide_text_windows.h"
// After winsock2.h:
#include <ws2tcpip.h>

namespace air {
namespace {

constexpr int kKeepIdle = 3, kMaxRt = 5, kKeepCount = 16, kKeepInterval = 17;  // not in headers of mingw-w64 before 11

}  // namespace

// A limit of Windows' own leaves a socket of which nothing is known once it has passed. It is noted down in the socket, where read_now() finds it.
std::error_code limit_waits(int socket, std::chrono::milliseconds limit) noexcept {
  const auto time = static_cast<DWORD>(limit.count());
  u_long does_not_block = 1;
  const bool done =
      ioctlsocket(socket_of(socket), static_cast<long>(FIONBIO), &does_not_block) == 0 &&
      setsockopt(socket_of(socket), SOL_SOCKET, SO_RCVTIMEO, reinterpret_cast<const char *>(&time), sizeof(time)) == 0;
  return done ? std::error_code() : system_error(static_cast<DWORD>(WSAGetLastError()));
}

// The library gives the texts of the code page.
std::string socket_error_text(const std::error_code &error) {
  const bool is_of_windows =
      std::string_view(error.category().name()) == "asio.system" || error.category() == std::system_category();
  return is_of_windows ? system_error_text(static_cast<unsigned long>(error.value())) : error.message();
}

// The library ties its own to a queue of its own, which Wine cannot undo.
FileHandle copy_of_socket(int socket, std::error_code &error) noexcept {
  WSAPROTOCOL_INFOW info{};
  SOCKET copy = INVALID_SOCKET;
  if (WSADuplicateSocketW(socket_of(socket), GetCurrentProcessId(), &info) == 0) {
    copy = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0,
                      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  }
  error = copy == INVALID_SOCKET ? system_error(static_cast<DWORD>(WSAGetLastError())) : std::error_code();
  return FileHandle(number_of(copy));
}

void notice_vanishing(int socket) noexcept {
  const auto set = [socket](int level, int option, DWORD value) {
    setsockopt(socket_of(socket), level, option, reinterpret_cast<const char *>(&value), sizeof(value));
  };
  constexpr DWORD kSilent = 30, kInterval = 10, kProbes = 3;  // seconds, and how often
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, kKeepIdle, kSilent);
  set(IPPROTO_TCP, kKeepInterval, kInterval);
  set(IPPROTO_TCP, kKeepCount, kProbes);
  set(IPPROTO_TCP, kMaxRt, kSilent + kProbes * kInterval);
}

}  // namespace air
