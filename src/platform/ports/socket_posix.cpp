// SPDX-License-Identifier: BSD-3-Clause
// What sockets can be told that the library for them does not know.
#include "platform/ports/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace air {
namespace {

constexpr int kSilent = 30, kInterval = 10, kProbes = 3;  // seconds, and how often
constexpr int kLimit = kSilent + kProbes * kInterval;

struct Option {
  int name, value;
};
#if defined(__APPLE__)
constexpr Option kSilence = {TCP_KEEPALIVE, kSilent}, kNoAnswer = {TCP_RXT_CONNDROPTIME, kLimit};
#else
constexpr Option kSilence = {TCP_KEEPIDLE, kSilent}, kNoAnswer = {TCP_USER_TIMEOUT, kLimit * 1000};
#endif

}  // namespace

std::string socket_error_text(const std::error_code &error) {
  return error.message();
}

std::error_code limit_waits(int socket, std::chrono::milliseconds limit) noexcept {
  const timeval time = {static_cast<time_t>(limit.count() / 1000),
                        static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
  const bool done = setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) == 0;
  return {done ? 0 : errno, std::generic_category()};
}

FileHandle copy_of_socket(int socket, std::error_code &error) noexcept {
  FileHandle copy(fcntl(socket, F_DUPFD_CLOEXEC, 0));
  error = {copy.is_open() ? 0 : errno, std::generic_category()};
  return copy;
}

void notice_vanishing(int socket) noexcept {
  const auto set = [socket](int level, const Option &option) {
    setsockopt(socket, level, option.name, &option.value, sizeof(option.value));
  };
  set(SOL_SOCKET, {SO_KEEPALIVE, 1});
  set(IPPROTO_TCP, kSilence);
  set(IPPROTO_TCP, {TCP_KEEPINTVL, kInterval});
  set(IPPROTO_TCP, {TCP_KEEPCNT, kProbes});
  set(IPPROTO_TCP, kNoAnswer);
}

}  // namespace air
