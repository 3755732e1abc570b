// SPDX-License-Identifier: BSD-3-Clause
// Opens a TCP connection to a target or to a relay in front of one.
#include <algorithm>
#include <asio.hpp>
#include <new>
#include <system_error>

#include "aivalidation/channel/channel.h"
#include "aivalidation/channel/resolve.h"
#include "platform/ports/socket.h"

namespace air::aivalidation {
namespace {

using asio::ip::tcp;

constexpr auto kConnectLimit = std::chrono::seconds(5);
constexpr auto kSlice = std::chrono::milliseconds(Channel::kSliceMs);

void check(const char *step, const std::error_code &error) {
  if (error) throw Error(AIR_ERROR_IO, fmt::format("{}: {}", step, socket_error_text(error)), error.value());
}

// Reading waits by itself, see Channel. A child that had it would keep the target from noticing that we go.
FileHandle taken_over(tcp::socket &socket) {
  socket.native_non_blocking(false);
  std::error_code error;
  FileHandle taken = copy_of_socket(descriptor_of(socket.native_handle()), error);
  check("taking over the connection", error);
  check("SO_RCVTIMEO", limit_waits(taken.get(), kSlice));
  return taken;
}

}  // namespace

FileHandle connect_tcp(const Descriptor &descriptor, const Interrupt &interrupt) {
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
    throw Error(
        AIR_ERROR_NO_DEVICE,
        fmt::format("{} ({}): is the target or its relay running?", socket_error_text(result), descriptor.place()),
        result.value());
  }
  socket.set_option(tcp::no_delay(true));
  return taken_over(socket);
}

std::unique_ptr<Channel> open_tcp(const Descriptor &descriptor, const Interrupt &interrupt) {
  return std::make_unique<Channel>(connect_tcp(descriptor, interrupt), Channel::Kind::kTcp, descriptor.place(),
                                   interrupt);
}

}  // namespace air::aivalidation
