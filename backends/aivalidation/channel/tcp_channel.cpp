// SPDX-License-Identifier: BSD-3-Clause
// Opens a TCP connection to a target or to a relay in front of one.
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio.hpp>
#include <cerrno>
#include <new>
#include <system_error>

#include "aivalidation/channel/channel.h"
#include "aivalidation/channel/resolve.h"

namespace air::aivalidation {
namespace {

using asio::ip::tcp;

constexpr auto kConnectLimit = std::chrono::seconds(5);
constexpr auto kSlice = std::chrono::milliseconds(Channel::kSliceMs);

// Reading then waits by itself, see Channel.
void let_wait(tcp::socket &socket) {
  const timeval slice = {0, std::chrono::microseconds(kSlice).count()};
  socket.native_non_blocking(false);
  if (setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof(slice)) != 0) {
    throw Error(AIR_ERROR_IO, fmt::format("SO_RCVTIMEO: {}", std::generic_category().message(errno)), errno);
  }
}

}  // namespace

OpenFile connect_tcp(const Descriptor &descriptor, const Interrupt &interrupt) {
  asio::io_context context;
  tcp::socket socket(context);
  asio::error_code result = asio::error::would_block;
  asio::async_connect(socket, resolve(descriptor.host, descriptor.port, interrupt),
                      [&result](const asio::error_code &error, const tcp::endpoint &) { result = error; });
  const auto end = std::chrono::steady_clock::now() + kConnectLimit;
  while (result == asio::error::would_block && std::chrono::steady_clock::now() < end) {
    context.run_for(kSlice);
    interrupt.check();
  }
  if (result == asio::error::would_block) {
    fail(AIR_ERROR_TIMEOUT, "no connection to {} within {} s: is the address right?", descriptor.place(),
         kConnectLimit.count());
  }
  if (result == asio::error::no_memory) throw std::bad_alloc();
  if (result) {
    throw Error(AIR_ERROR_NO_DEVICE,
                fmt::format("{} ({}): is the target or its relay running?", result.message(), descriptor.place()),
                result.value());
  }
  socket.set_option(tcp::no_delay(true));
  let_wait(socket);
  fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // a child would keep the target from noticing that we go
  return OpenFile(socket.release());
}

std::unique_ptr<Channel> open_tcp(const Descriptor &descriptor, const Interrupt &interrupt) {
  OpenFile file = connect_tcp(descriptor, interrupt);
  auto channel = std::make_unique<Channel>(file.fd, Channel::Kind::kTcp, descriptor.place(), interrupt);
  file.give_away();
  return channel;
}

}  // namespace air::aivalidation
